// npm start: installs what is missing, then runs the demo's server and page. Plain Node 20, no packages.
import { spawn } from 'node:child_process'
import { ensureTools, fail, root } from '../test/setup/tools.mjs'

const env = ensureTools()
console.log('Starting the demo …')
const server = spawn('node', ['demo/server/main.ts'], { cwd: root, env, stdio: 'inherit' })

// Stays until the server has closed its database. On Windows the console tells the server itself, and a signal from here
// would kill it on the spot; elsewhere it may hear of the same Ctrl-C twice, which it does not mind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => process.platform === 'win32' || server.kill(signal))

server.on('error', ({ message }) => fail(`The server did not start: ${message}`))
server.on('exit', (code) => process.exit(code ?? 1))
