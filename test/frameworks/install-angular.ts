import { join } from 'node:path'
import { installLocked } from '../setup/tools.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** The version of Angular that the tests run on. */
    readonly angularMajor: number
  }
}

/** Installs older versions of Angular for their tests, each in a folder of its own, since one node_modules holds one version. */
export default function installAngular(): void {
  for (const version of ['angular-20', 'angular-21'])
    installLocked(join(import.meta.dirname, version))
}
