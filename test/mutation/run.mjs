// npm run test:mutation: installs its packages, which no other script needs, and runs the unit tests against every mutant.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureTools, installLocked, run } from '../setup/tools.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const env = ensureTools()
installLocked(here)
const stryker = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
const config = join('test', 'mutation', 'stryker.config.mjs')
process.exit(run(['node', stryker, 'run', config, ...process.argv.slice(2)], env))
