import { betterAuth } from './better-auth/connect.ts'
import { cognitoLocal } from './cognito-local/connect.ts'
import { expressBody } from './express/body.ts'
import { expressCookie } from './express/cookie.ts'
import { firebase } from './firebase/connect.ts'
import { oidcProvider } from './oidc-provider/connect.ts'
import { oidcProviderWithKey } from './oidc-provider/with-key.ts'
import { payload } from './payload/connect.ts'
import type { ForeignServer } from './server.ts'
import { strapi } from './strapi/connect.ts'

/** All servers, in the order of the table. */
export const SERVERS: readonly ForeignServer[] = [
  expressCookie,
  expressBody,
  oidcProvider,
  oidcProviderWithKey,
  betterAuth,
  cognitoLocal,
  firebase,
  payload,
  strapi,
]
