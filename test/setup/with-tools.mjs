// node test/setup/with-tools.mjs COMMAND [ARGUMENT …]: runs a command of the project's packages on a Node.js that is new enough.
import { ensureTools, run } from './tools.mjs'

process.exit(run(process.argv.slice(2), ensureTools()))
