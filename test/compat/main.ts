// node test/compat/main.ts: whether what was built for browsers runs in the oldest that the README names. Run after a build.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { newerThan } from './newer-than.ts'
import type { Browsers } from './browser-support.ts'

const root = join(import.meta.dirname, '../..')
const { exports, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Manifest

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly import: { default: string } }>>
  readonly peerDependencies: object
}

/** Browsers of the same month as Safari 16. Evergreen browsers are newer. */
const SEPTEMBER_2022: Browsers = { safari: 16, safari_ios: 16, chrome: 106, firefox: 105 }
/** The dialog and the developer tools need constructable style sheets. */
const MARCH_2023: Browsers = { safari: 16.4, safari_ios: 16.4, chrome: 111, firefox: 111 }

const ELEMENTS = ['./devtools', './element']

/** A member of RxJS's subscriptions, of which Angular has its own. Safari on iOS lacks that of the same name of push messages. */
const OF_RXJS = /^\.unsubscribe is missing/

const forPages = Object.keys(exports).filter((path) => !/testing|server|package\.json/.test(path))
check(
  SEPTEMBER_2022,
  forPages.filter((path) => !ELEMENTS.includes(path)),
)
check(MARCH_2023, ELEMENTS)

function check(browsers: Browsers, entries: readonly string[]): void {
  const found = newerThan(browsers)(bundle(entries)).filter((one) => !OF_RXJS.test(one))
  const versions = Object.entries(browsers).map((browser) => browser.join(' '))
  const heading = `${entries.join(', ')} in ${versions.join(', ')}: ${found.length} found`
  process.stdout.write([heading, ...found.map((one) => `  ${one}`), ''].join('\n'))
  if (found.length > 0) process.exitCode = 1
}

/** The script of a page that imports everything from these entries, with all dependencies. */
function bundle(entries: readonly string[]): string {
  const { outputFiles } = buildSync({
    stdin: {
      contents: entries
        .map((path, index) => `export * as e${index} from '${fileOf(path)}'`)
        .join('\n'),
      resolveDir: root,
    },
    bundle: true,
    write: false,
    logLevel: 'error',
    format: 'esm',
    // The application's own.
    external: Object.keys(peerDependencies),
  })
  return outputFiles[0]?.text ?? ''
}

function fileOf(path: string): string {
  const entry = exports[path]
  return typeof entry === 'object' ? entry.import.default : (entry ?? '')
}
