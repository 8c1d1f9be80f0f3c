import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** Resolves the packages that a folder declares to those that are installed in it, for `src` and the tests alike. */
export function packagesOf(folder: string): Plugin {
  const manifest = join(folder, 'package.json')
  const { devDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const names = Object.keys(devDependencies)
  return {
    // Vitest tells the transformed files of one project from another's by the names of plugins.
    name: `packages-of-${folder}`,
    enforce: 'pre',
    resolveId(id, _importer, options) {
      const isOne = names.some((name) => id === name || id.startsWith(`${name}/`))
      // As if that file imported them. Vite looks beside a file only if there is one.
      return isOne ? this.resolve(id, manifest, { ...options, skipSelf: true }) : undefined
    },
  }
}
