// node test/compat/main.ts: whether what was built for browsers runs in the oldest that the README names. Run after a build.
import { join } from 'node:path'
import { build } from 'esbuild'
import { newerThan } from './newer-than.ts'
import type { Browsers } from './support.ts'

const root = join(import.meta.dirname, '../..')

/** Of the same month as Safari 16: evergreen browsers are newer. */
const SEPTEMBER_2022: Browsers = { safari: 16, safari_ios: 16, chrome: 106, firefox: 105 }
/** The dialog needs constructable style sheets. */
const MARCH_2023: Browsers = { safari: 16.4, safari_ios: 16.4, chrome: 111, firefox: 111 }

const levels: readonly [Browsers, readonly string[]][] = [
  [SEPTEMBER_2022, ['index', 'dpop', 'react', 'vue', 'svelte']],
  [MARCH_2023, ['element']],
]

for (const [browsers, entries] of levels) {
  const found = newerThan(browsers)(await bundle(entries))
  const versions = Object.entries(browsers).map((browser) => browser.join(' '))
  const heading = `${entries.join(', ')} in ${versions.join(', ')}: ${found.length} found`
  process.stdout.write([heading, ...found.map((one) => `  ${one}`), ''].join('\n'))
  if (found.length > 0) process.exitCode = 1
}

/** All that a page gets which imports everything of these entries, with their dependencies. */
async function bundle(entries: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: entries
        .map((name, index) => `export * as e${index} from './dist/${name}.js'`)
        .join('\n'),
      resolveDir: root,
    },
    bundle: true,
    write: false,
    logLevel: 'error',
    format: 'esm',
    // The application's own.
    external: ['react', 'vue', 'svelte', 'dpop'],
  })
  return outputFiles[0]?.text ?? ''
}
