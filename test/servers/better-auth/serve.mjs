// better-auth with its JWT plug-in, and an API of its own that verifies the tokens by the published keys.
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { createLocalJWKSet, jwtVerify } from 'jose'

const auth = betterAuth({
  baseURL: process.env.ORIGIN,
  secret: 'a secret of at least thirty-two characters',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
  emailAndPassword: { enabled: true },
  plugins: [jwt()],
  telemetry: { enabled: false },
})
for (const name of ['alice', 'bob'])
  await auth.api.signUpEmail({
    body: { name, email: `${name}@example.com`, password: `${name}-password` },
  })

async function me(request, response) {
  try {
    const [, token] = (request.headers.authorization ?? '').split(' ')
    const { payload } = await jwtVerify(token, createLocalJWKSet(await auth.api.getJwks()))
    response.setHeader('content-type', 'application/json').end(JSON.stringify(payload))
  } catch {
    response.writeHead(401).end()
  }
}

const handle = toNodeHandler(auth)
const server = createServer((request, response) =>
  request.url === '/api/me' ? me(request, response) : handle(request, response),
)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
