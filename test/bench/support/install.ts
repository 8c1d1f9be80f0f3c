import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Installs the packages of a bench's folder from its lockfile, unless they are there already. `env` finds npm. */
export function installPeers(at: URL, env = process.env): void {
  const folder = fileURLToPath(at)
  const installed = `${folder}node_modules/.package-lock.json`
  const lock = `${folder}package-lock.json`
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const shell = process.platform === 'win32'
  const options = { cwd: folder, env, stdio: 'inherit', shell } as const
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], options)
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`)
}

/** The version of `name` that is compared. */
export function versionOf(at: URL, name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, at)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
