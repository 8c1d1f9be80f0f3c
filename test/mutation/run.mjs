// npm run test:mutation: installs what it needs, which nobody else does, and lets every mutant meet the unit tests.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureTools, installLocked, run } from '../setup/tools.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const env = ensureTools()
installLocked(here)
const stryker = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
const config = join('test', 'mutation', 'stryker.config.mjs')
process.exit(run(['node', stryker, 'run', config, ...process.argv.slice(2)], env))
