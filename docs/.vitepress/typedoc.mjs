import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What typedoc writes to docs/api: a page for each function and type of every entry of the package. */
export default {
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => join(root, 'src', path, 'index.ts')),
  tsconfig: join(root, 'tsconfig.json'),
  out: join(root, 'docs/api'),
  router: 'member',
  entryFileName: 'index',
  readme: 'none',
  name: 'API',
  disableSources: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  excludePrivate: true,
  excludeInternal: true,
  // Types that are part of exported ones and have no name for applications.
  validation: { notExported: false },
  treatWarningsAsErrors: true,
  logLevel: 'Warn',
  sanitizeComments: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
}
