import {
  Code,
  ConnectError,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from '@connectrpc/connect'
import {
  universalServerRequestFromFetch,
  universalServerResponseToFetch,
} from '@connectrpc/connect/protocol'
import type { Site } from '../server.ts'
import { Notes } from './notes_pb.ts'

/** How a bad token is refused: with the status, or as Envoy does. */
export type Refusal = 'HTTP 401' | 'grpc-status 16'

const userKey = createContextKey<string | undefined>(undefined)

/** Throws if the request has no token. */
function known(user: string | undefined): string {
  if (user === undefined) throw new ConnectError('No token', Code.Unauthenticated)
  return user
}

/** Adds `/rpc` to a server. It refuses a bad token before it looks at the call. */
export function serveConnect(refusal: Refusal): (site: Site) => void {
  return ({ app, userOf }) => {
    const router = createConnectRouter().service(Notes, {
      me: (_, { values }) => ({ value: known(values.get(userKey)) }),
      echo: ({ value }, { values }) => ({ value: `${known(values.get(userKey))}: ${value}` }),
      async *watch(_, { values, signal }) {
        yield { value: known(values.get(userKey)) }
        await new Promise((ended) => signal.addEventListener('abort', ended))
      },
    })
    app.all('/rpc/*', async (c) => {
      const request = c.req.raw
      const user = await userOf(request)
      if (typeof user !== 'string' && c.req.header('authorization') !== undefined)
        return refusal === 'HTTP 401' ? user : trailersOnly()
      const handler = router.handlers.find(
        ({ requestPath }) => `/rpc${requestPath}` === new URL(request.url).pathname,
      )
      if (!handler) return c.notFound()
      const contextValues = createContextValues()
      contextValues.set(userKey, typeof user === 'string' ? user : undefined)
      const answer = await handler({
        ...universalServerRequestFromFetch(request, {}),
        contextValues,
      })
      return universalServerResponseToFetch(answer)
    })
  }
}

function trailersOnly(): Response {
  return new Response(null, {
    headers: {
      'content-type': 'application/grpc-web+proto',
      'grpc-status': String(Code.Unauthenticated),
      'grpc-message': 'Jwt is expired',
    },
  })
}
