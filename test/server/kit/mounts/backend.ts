import { createServer } from 'node:http'
import { SignJWT } from 'jose'
import { createSessions, memoryStore } from '../../../../src/server/index.ts'
import { toNodeHandler } from '../../../../src/server/node/index.ts'
import { bearerToken, createVerifier, unauthorized } from '../../../../src/server/verifier/index.ts'

const key = crypto.getRandomValues(new Uint8Array(32)) // of all instances, and secret
const [issuer, audience] = ['https://id.example.com', 'https://api.example.com']

const sessions = createSessions({
  store: memoryStore(),
  limits: { accessTtlS: 300, idleTtlS: 1_800 },
  accessToken: ({ sid, subject }, { at, expiresInS }) =>
    new SignJWT({ iss: issuer, aud: audience, sub: subject, sid })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt(new Date(at))
      .setExpirationTime(new Date(at + expiresInS * 1000))
      .sign(key),
  audit({ event, sid }) {
    if (event === 'ended' && sid !== undefined) verifier.refuse({ sid })
  },
})
const verifier = createVerifier({ key, issuer, audience, longestTtlS: 300 })

async function signIn(request: Request): Promise<Response> {
  const { username, password } = (await request.json()) as Record<string, string>
  if (username !== 'alice' || password !== 'correct horse battery staple')
    return Response.json({ error: 'invalid_credentials' }, { status: 401 })
  return sessions.start(request, { subject: username })
}

async function me(request: Request): Promise<Response> {
  const token = bearerToken(request)
  if (token === undefined) return unauthorized()
  try {
    const { sub } = await verifier.verify(token)
    return Response.json({ hello: sub }, { headers: { 'cache-control': 'no-store' } })
  } catch (error) {
    return unauthorized(error) // throws it if it is not about the token
  }
}

const routes = new Map([
  ['POST /auth/login', toNodeHandler(signIn)],
  ['POST /auth/refresh', toNodeHandler(sessions.refresh)],
  ['POST /auth/logout', toNodeHandler(sessions.logout)],
  ['GET /api/me', toNodeHandler(me)],
])

/** Start it with `server.listen(3000)`. */
export const server = createServer((request, response) => {
  const handle = routes.get(`${request.method ?? ''} ${request.url ?? ''}`)
  if (!handle) return void response.writeHead(404).end()
  handle(request, response).catch(() => response.headersSent || response.writeHead(500).end())
})
