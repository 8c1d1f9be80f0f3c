// node demo/resource-server/main.ts: a service that believes the tokens of the server whose keys are at JWKS_URL.
import { readConfig } from '../config.ts'
import { closeOnSignal } from '../http-server.ts'
import { startResourceServer } from './start-resource-server.ts'

try {
  const jwksUrl = process.env['JWKS_URL'] ?? 'http://localhost:4400/.well-known/jwks.json'
  if (!URL.canParse(jwksUrl)) throw new Error(`JWKS_URL must be a URL, not "${jwksUrl}".`)
  const config = readConfig({
    PORT: '4401',
    ALLOWED_ORIGINS: 'http://localhost:4400',
    ...process.env,
  })
  closeOnSignal(await startResourceServer({ ...config, jwksUrl: new URL(jwksUrl) }))
} catch (error) {
  console.error((error instanceof Error && error.message) || error)
  process.exitCode = 1
}
