// The programs that come from the system rather than from npm: a browser, a database server. Plain Node 20, no packages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

/** How to tell that a Debian package is there. */
const present = {
  chromium: () => existsSync('/usr/bin/chromium'),
  postgresql: () => postgresBin() !== undefined,
}

/** Installs what is missing of these Debian packages, where that is possible; returns those still missing. */
export function ensureSystemPackages(names) {
  const missing = names.filter((name) => !present[name]())
  if (missing.length === 0 || !canInstall()) return missing
  console.log(`Installing ${missing.join(', ')} …`)
  // A machine that has just booted may be installing packages of its own: wait for the lock.
  const apt = ['-qq', '-o', 'DPkg::Lock::Timeout=300']
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  spawnSync('apt-get', ['update', ...apt], options)
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...apt, ...missing], options)
  return names.filter((name) => !present[name]())
}

/** The folder of PostgreSQL's server programs, newest version first, or nothing. */
export function postgresBin() {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return undefined
  return readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `${versions}/${version}/bin`)
    .find((bin) => existsSync(`${bin}/initdb`))
}

function canInstall() {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0
}
