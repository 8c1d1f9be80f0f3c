// What npm run example and npm run test:examples do with an example. Plain Node 20, no packages.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { installLocked, root, run, spawnArguments } from '../../test/setup/tools.mjs'

const folderOf = (name) => join(root, 'docs/examples', name)

/** The names of the examples. */
export const EXAMPLES = readdirSync(folderOf('.')).filter(
  (name) => name !== 'server' && existsSync(join(folderOf(name), 'package.json')),
)

const packed = folderOf('.packed')
const tarball = join(packed, 'latchkey.tgz')

/** Packs the package as `npm publish` would. */
export function pack(env) {
  rmSync(packed, { recursive: true, force: true })
  mkdirSync(packed)
  const command = ['npm', 'pack', '--silent', '--pack-destination', packed]
  if (run(command, env, { stdio: ['ignore', 'ignore', 'inherit'] }) !== 0)
    throw new Error('The package could not be built: see above.')
  const [file] = readdirSync(packed)
  writeFileSync(tarball, readFileSync(join(packed, file)))
}

/** Installs the packages of a folder, anew if the packed one is another than last time. */
export function install(name) {
  const modules = join(folderOf(name), 'node_modules')
  const stamp = join(modules, '.packed')
  const hash = createHash('sha256').update(readFileSync(tarball)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') !== hash)
    rmSync(modules, { recursive: true })
  installLocked(folderOf(name))
  writeFileSync(stamp, hash)
}

/** Builds an example with its own tool. */
export function build(name, env) {
  const quiet = { ...env, ASTRO_TELEMETRY_DISABLED: '1', NEXT_TELEMETRY_DISABLED: '1' }
  const code = run(['npm', 'run', 'build', '--silent'], quiet, { cwd: folderOf(name) })
  if (code !== 0) throw new Error(`The example "${name}" could not be built: see above.`)
}

/**
 * Starts the backend and, if an example has a server of its own, that one as well. Resolves when the page answers, and
 * rejects if a process ends before. `backend` are options of `spawn`, and `execArgv`, for the backend.
 */
export async function start(name, env, { port, backendPort, backend = {}, onStarted }) {
  // Where the built pages are.
  const { scripts, config: { pages = 'dist' } = {} } = JSON.parse(
    readFileSync(join(folderOf(name), 'package.json'), 'utf8'),
  )
  const url = `http://localhost:${port}/`
  const behind = { PORT: backendPort, ORIGIN: new URL(url).origin }
  const alone = { PORT: port, PAGES: `../${name}/${pages}` }
  const { execArgv = [], ...options } = backend
  // A group of its own, so that `end` reaches what npm starts.
  const detached = process.platform !== 'win32'
  const [npm, args, shell] = spawnArguments(['npm', 'start', '--silent'])
  const started = [
    spawn('node', [...execArgv, 'server.mjs'], {
      detached,
      cwd: folderOf('server'),
      env: { ...env, ...(scripts.start ? behind : alone) },
      ...options,
    }),
  ]
  if (scripts.start)
    started.push(
      spawn(npm, args, {
        shell,
        detached,
        cwd: folderOf(name),
        env: { ...env, PORT: port, BACKEND: `http://localhost:${backendPort}` },
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    )
  onStarted(started)
  const ended = started.map(
    (child) =>
      new Promise((_, reject) => {
        child.once('error', reject)
        child.once('exit', (code) => reject(new Error(`A server ended with ${code}.`)))
      }),
  )
  await Promise.race([...ended, answered(url)])
  return url
}

/** Ends a process that `start` has started, and its children. */
export function end({ pid }, signal = 'SIGTERM') {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

async function answered(url) {
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await setTimeout(100)
  }
}
