// Gets what the other scripts need: the locked packages, and a Node.js that is new enough for them. Plain Node 20, no packages.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The project's folder. */
export const root = join(here, '..', '..')

const NEEDED_MAJOR = 24
const PINNED_BIN = join(here, 'node_modules', `node-${platform()}-${process.arch}`, 'bin')

/**
 * Installs what is missing; returns the environment in which the tools run. With the folder of a workspace, it installs
 * the packages of that workspace alone.
 */
export function ensureTools(workspace) {
  installLocked(root, workspace)
  const bins = [join(root, 'node_modules', '.bin')]
  if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
    installLocked(here)
    if (!existsSync(PINNED_BIN)) fail(noNodeMessage())
    bins.unshift(PINNED_BIN)
  }
  return { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter) }
}

/** Runs a command with the tools on its path and the terminal as its own; returns its exit code. */
export function run(command, env, options = {}) {
  const [program, args, shell] = spawnArguments(command)
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell,
    ...options,
  })
  if (error) fail(`${command[0]} did not start: ${error.message}`)
  return status ?? 1
}

/** The program, the arguments and the option `shell` with which `spawn` starts a command. */
export function spawnArguments([program, ...args]) {
  if (process.platform !== 'win32') return [program, args, false]
  // npm and the tools are .cmd files on Windows, which only a shell can start, and it wants one line.
  const words = [program, ...args].map((word) => (/[\s&()]/.test(word) ? `"${word}"` : word))
  return [words.join(' '), [], true]
}

export function fail(message) {
  console.error(`\n${message}\n`)
  process.exit(1)
}

/**
 * Installs the packages of a folder as its lockfile has them, if they are not there yet. With the folder of a workspace,
 * it installs those of that workspace alone.
 */
export function installLocked(folder, workspace) {
  const lock = join(folder, 'package-lock.json')
  const stamp = join(folder, 'node_modules', '.installed-from')
  const all = createHash('sha256').update(readFileSync(lock)).digest('hex')
  const wanted = workspace ? `${all} ${workspace}` : all
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined
  // If all packages are installed, those of the workspace are, too.
  if (installed === all || installed === wanted) return
  console.log(`Installing ${workspace ?? JSON.parse(readFileSync(lock, 'utf8')).name}'s packages …`)
  const install = [
    'npm',
    'ci',
    '--no-audit',
    '--no-fund',
    ...(workspace ? ['--workspace', workspace] : []),
  ]
  // The lockfile has versions and hashes: what the cache knows of them is as good as what the registry says, and saves a
  // request for each package. A cache that is too old to know a version makes this fail, and the registry is asked.
  const code =
    run([...install, '--prefer-offline', '--silent'], process.env, { cwd: folder }) &&
    // The project runs its tools on the pinned Node, so npm's warnings about the machine's own would only mislead.
    run([...install, '--loglevel=error'], process.env, { cwd: folder })
  if (code !== 0) fail(`npm ci failed in ${folder}. Is the npm registry reachable?`)
  writeFileSync(stamp, wanted)
}

function platform() {
  return process.platform === 'win32' ? 'win' : process.platform
}

function noNodeMessage() {
  return (
    `latchkey's tools need Node.js ${NEEDED_MAJOR} or newer; this is ${process.version}, and there is no pinned one ` +
    `for ${process.platform} on ${process.arch}.\nInstall Node.js ${NEEDED_MAJOR} (for instance with 'nvm install ${NEEDED_MAJOR}') and run the command again.`
  )
}
