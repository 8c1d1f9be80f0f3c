// The Auth emulator of firebase-tools, and an API that believes its tokens, which the emulator does not sign.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const { createApp } = createRequire(import.meta.url)('firebase-tools/lib/emulator/auth/server.js')

const emulator = await createApp('demo-project')

function me(request, response) {
  const [, token = ''] = (request.headers.authorization ?? '').split(' ')
  const [, claims = 'e30'] = token.split('.')
  const { exp = 0, email } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  if (exp * 1000 <= Date.now()) return response.writeHead(401).end()
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ email }))
}

const server = createServer((request, response) =>
  request.url === '/api/me' ? me(request, response) : emulator(request, response),
)
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  for (const name of ['alice', 'bob']) {
    const url = `http://127.0.0.1:${port}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=a-key`
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ email: `${name}@example.com`, password: `${name}-password` })
    const { ok, status } = await fetch(url, { method: 'POST', headers, body })
    if (!ok) throw new Error(`The sign-up was answered with ${status}`)
  }
  process.send({ port })
})
