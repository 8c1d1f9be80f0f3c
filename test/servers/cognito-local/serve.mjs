// cognito-local with one user pool, and an API of its own that verifies the tokens by the published key.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createLocalJWKSet, jwtVerify } from 'jose'

const POOL = 'local_pool'
const CLIENT = 'the-page'
const require = createRequire(import.meta.url)

// It keeps its pools below the folder that it is started in.
process.chdir('node_modules')
rmSync('.cognito', { recursive: true, force: true })
mkdirSync('.cognito/db', { recursive: true })
const client = { ClientId: CLIENT, ClientName: CLIENT, UserPoolId: POOL, AccessTokenValidity: 1 }
writeFileSync('.cognito/db/clients.json', JSON.stringify({ Clients: { [CLIENT]: client } }))
writeFileSync(`.cognito/db/${POOL}.json`, JSON.stringify({ Users: {}, Options: { Id: POOL } }))

const { createDefaultServer } = require('cognito-local')
const { application } = await createDefaultServer(require('pino')({ level: 'silent' }))

async function me(request, response) {
  try {
    const [, token] = (request.headers.authorization ?? '').split(' ')
    const keys = await fetch(
      `http://127.0.0.1:${server.address().port}/${POOL}/.well-known/jwks.json`,
    )
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keys.json()))
    response.setHeader('content-type', 'application/json').end(JSON.stringify(payload))
  } catch {
    response.writeHead(401).end()
  }
}

async function call(target, body) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${target}`,
    },
    body: JSON.stringify({ UserPoolId: POOL, ...body }),
  })
  if (!response.ok) throw new Error(`${target}: ${await response.text()}`)
}

const server = createServer((request, response) =>
  request.url === '/api/me' ? me(request, response) : application(request, response),
)
server.listen(0, '127.0.0.1', async () => {
  for (const Username of ['alice', 'bob']) {
    await call('AdminCreateUser', { Username, MessageAction: 'SUPPRESS' })
    await call('AdminSetUserPassword', {
      Username,
      Password: `${Username}-Password-1`,
      Permanent: true,
    })
  }
  process.send({ port: server.address().port })
})
