// node demo/server/main.ts: the reference backend, set up by the environment (see config.ts).
import { readConfig } from './config.ts'
import { startServer } from './start-server.ts'

try {
  const server = await startServer(readConfig(process.env))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void server.close())
} catch (error) {
  console.error((error instanceof Error && error.message) || error)
  process.exitCode = 1
}
