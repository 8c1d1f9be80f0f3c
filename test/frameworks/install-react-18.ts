import { join } from 'node:path'
import { installLocked } from '../setup/tools.mjs'

/** Before the tests that run on React 18: two versions of it cannot be in one folder of packages. */
export default function installReact18(): void {
  installLocked(join(import.meta.dirname, 'react-18'))
}
