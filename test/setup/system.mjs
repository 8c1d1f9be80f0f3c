// The programs that come from the system rather than from npm: a browser, a database server. Plain Node 20, no packages.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

/** How to find out whether a Debian package is installed, or the program for which it is needed. */
const present = {
  chromium: () => existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium'),
  'firefox-esr': () => existsSync(process.env.FIREFOX ?? '/usr/bin/firefox-esr'),
  'webkit2gtk-driver': () => existsSync('/usr/bin/WebKitWebDriver'),
  xvfb: () => existsSync('/usr/bin/Xvfb'),
  postgresql: () => postgresBin() !== undefined,
  'redis-server': () => existsSync('/usr/bin/redis-server'),
}

/** Installs what is missing of these Debian packages, where that is possible. Resolves to those still missing. */
export async function installSystemPackages(names) {
  const missing = names.filter((name) => !present[name]())
  if (missing.length === 0 || !canInstall()) return missing
  console.log(`Installing ${missing.join(', ')} …`)
  await aptGet('update')
  await aptGet('install', '-y', '--no-install-recommends', ...missing)
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

function aptGet(...args) {
  // A machine that has just booted may be installing packages of its own: wait for the lock.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300']
  const apt = spawn('apt-get', [...args, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return new Promise((resolve) => apt.on('close', resolve).on('error', resolve))
}
