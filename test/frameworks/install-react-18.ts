import { join } from 'node:path'
import { installLocked } from '../setup/tools.mjs'

/** Installs React 18 for its tests in a folder of its own, since one node_modules holds one version. */
export default function installReact18(): void {
  installLocked(join(import.meta.dirname, 'react-18'))
}
