// npm start: installs what the demo needs, then runs the demo's server and page. Plain Node 20, no packages.
// npm run demo:cluster, which is this with the argument "cluster", runs a small deployment of it.
import { spawn } from 'node:child_process'
import { installSystemPackages } from '../test/setup/system.mjs'
import { ensureTools, fail, root } from '../test/setup/tools.mjs'

const isCluster = process.argv[2] === 'cluster'
const env = ensureTools('demo')
if (
  isCluster &&
  env.DATABASE_URL === undefined &&
  (await installSystemPackages(['postgresql'])).length > 0
)
  fail(
    'This needs PostgreSQL. Install the postgresql package of your system, or set DATABASE_URL to a server that you have.',
  )
console.log('Starting the demo …')
const script = isCluster ? 'demo/cluster/main.ts' : 'demo/main.ts'
const server = spawn('node', [script], { cwd: root, env, stdio: 'inherit' })

// Wait until the server has closed its database. On Windows the console signals the server itself, and a signal from
// here would kill it at once. Elsewhere the server may get the same Ctrl-C twice, which it ignores.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => process.platform === 'win32' || server.kill(signal))

// npm passes a SIGTERM on to the shell that it runs this script in, and a shell such as dash ends without passing it on.
// The parent of this process changes then. Windows knows no such signal, and no change of parent.
const shell = process.ppid
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => process.ppid === shell || server.kill('SIGTERM'), 500).unref()

server.on('error', ({ message }) => fail(`The server did not start: ${message}`))
server.on('exit', (code) => process.exit(code ?? 1))
