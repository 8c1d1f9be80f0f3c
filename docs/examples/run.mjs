// npm run example NAME: packs the package, installs and builds the example NAME on it, and runs it with the backend.
// PORT is where it listens. Plain Node 20, no packages.
import { ensureTools, fail } from '../../test/setup/tools.mjs'
import { build, end, EXAMPLES, install, pack, start } from './examples.mjs'

const [name] = process.argv.slice(2)
if (!EXAMPLES.includes(name)) fail(`npm run example NAME. There are: ${EXAMPLES.join(', ')}.`)
const port = Number(process.env.PORT ?? 3000)

const env = ensureTools()
try {
  console.log('Packing latchkey …')
  pack(env)
  for (const folder of ['server', name]) install(folder)
  build(name, env)
  const url = await start(name, env, {
    port,
    backendPort: port + 1,
    backend: { stdio: ['ignore', 'ignore', 'inherit'] },
    onStarted: endWithThis,
  })
  console.log(`\nOpen ${url} in a browser. Users: alice (wonderland), bob (builder).`)
} catch ({ message }) {
  fail(message)
}

function endWithThis(servers) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit())
  process.on('exit', () => servers.forEach((server) => end(server)))
  // A SIGTERM to npm alone ends the shell between it and this process, and not this process: its parent changes then.
  const shell = process.ppid
  setInterval(() => process.ppid === shell || process.exit(), 500).unref()
}
