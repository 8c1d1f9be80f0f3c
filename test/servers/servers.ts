import { betterAuth } from './better-auth/connect.ts'
import { cognitoLocal } from './cognito-local/connect.ts'
import { expressBody } from './express/body.ts'
import { expressCookie } from './express/cookie.ts'
import { firebase } from './firebase/connect.ts'
import { oidcProvider } from './oidc-provider/connect.ts'
import { payload } from './payload/connect.ts'
import type { ForeignServer } from './server.ts'

/** All servers, in the order of the table. */
export const SERVERS: readonly ForeignServer[] = [
  expressCookie,
  expressBody,
  oidcProvider,
  betterAuth,
  cognitoLocal,
  firebase,
  payload,
]
