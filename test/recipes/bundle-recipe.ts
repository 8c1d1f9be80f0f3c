import { join } from 'node:path'
import { build, type Loader, type Plugin } from 'esbuild'
import { documentOf, filesOf } from './documentation.ts'

const src = join(import.meta.dirname, '../../src')

/** How a recipe is bundled. */
export interface BundleOptions {
  /** Packages that stand in for those that the recipe names. */
  readonly alias?: Readonly<Record<string, string>>
}

/**
 * Bundles the page of a recipe: a file of `folder`, which imports files of the documentation as if they stood beside it.
 * Resolves to a script.
 */
export async function bundleRecipe(
  folder: string,
  page: string,
  { alias = {} }: BundleOptions = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, page)],
    bundle: true,
    plugins: [documentation(folder), latchkey(), standIns(folder, alias)],
    // This package says that its files have no side effects. Those of its tests have.
    ignoreAnnotations: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'error',
  })
  return outputFiles.map(({ text }) => text).join('')
}

/** For the folder's files and for those beside this one, finds what the documentation has before what is on the disk. */
function documentation(folder: string): Plugin {
  const files = filesOf(documentOf(folder))
  const readers = [folder, import.meta.dirname]
  return {
    name: 'documentation',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[\w-]+(\.tsx?)?$/ }, ({ path, resolveDir }) => {
        if (!readers.includes(resolveDir)) return undefined
        const wanted = path.slice(2).replace(/\.tsx?$/, '')
        const name = [`${wanted}.ts`, `${wanted}.tsx`].find((name) => files.has(name))
        if (name !== undefined) return { path: name, namespace: 'documentation' }
        return wanted === 'session' ? { path: join(import.meta.dirname, 'session.ts') } : undefined
      })
      onLoad({ filter: /.*/, namespace: 'documentation' }, ({ path }) => ({
        contents: files.get(path) ?? '',
        loader: path.split('.').at(-1) as Loader,
        // Packages are those of the folder.
        resolveDir: folder,
      }))
    },
  }
}

/** `latchkey` is the sources. */
function latchkey(): Plugin {
  return {
    name: 'latchkey',
    setup({ onResolve }) {
      onResolve({ filter: /^latchkey(\/|$)/ }, ({ path }) => ({
        path: join(src, path.slice('latchkey'.length), 'index.ts'),
      }))
    },
  }
}

/** esbuild's own `alias` would look for the packages from the working directory. */
function standIns(folder: string, alias: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'stand-ins',
    setup({ onResolve, resolve }) {
      for (const [name, standIn] of Object.entries(alias))
        onResolve({ filter: new RegExp(`^${name}$`) }, ({ kind }) =>
          resolve(standIn, { kind, resolveDir: folder }),
        )
    },
  }
}
