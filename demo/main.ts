// node demo/main.ts: the reference backend and its page, set up by the environment (see config.ts).
import { readConfig } from './config.ts'
import { faults } from './page/faults.ts'
import { closeOnSignal } from './http-server.ts'
import { createPage } from './page/page.ts'
import { startServer } from './start-server.ts'

try {
  const config = readConfig(process.env)
  const server = await startServer({
    ...config,
    before: [faults],
    routes: await createPage(config.mode),
  })
  closeOnSignal(server)
  // This is for the person who started the server. The log on standard output stays one JSON object a line.
  process.stderr.write(`\n  Open ${server.url} in a browser. Ctrl-C ends the demo.\n\n`)
} catch (error) {
  console.error((error instanceof Error && error.message) || error)
  process.exitCode = 1
}
