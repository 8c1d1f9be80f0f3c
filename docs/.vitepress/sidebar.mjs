import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const docs = join(import.meta.dirname, '..')

/** The groups of the sidebar and their pages in order. A page that is not named here comes last in the group of its folder. */
const GROUPS = [
  [
    'Start',
    '',
    ['start', 'examples/README', 'concepts', 'reference', 'errors', 'tested', 'measured'],
  ],
  [
    'Guides',
    'guides/',
    [
      'sign-in',
      'requests',
      'idle',
      'dialog',
      'sign-in-again',
      'logout',
      'frameworks',
      'angular',
      'cross-origin',
      'server-events',
      'dpop',
      'testing',
      'mock',
      'diagnostics',
      'devtools',
      'ssr',
      'worker',
      'service-workers',
      'micro-frontends',
      'troubleshooting',
    ],
  ],
  ['Backends', '', ['backends', 'check-server', 'server', 'servers', 'providers', 'strategies']],
  [
    'Recipes',
    'recipes/',
    ['../recipes', 'http', 'graphql', 'rpc', 'caches', 'live', 'files', 'offline'],
  ],
  ['Migration', 'migration/', ['index', 'interceptor']],
  ['Background', '', ['protocol', 'threats', 'scale']],
]

/** Pages of the folder itself that no group names stand with the guides. */
const OTHERS = 'Guides'

/** The sidebar of the pages, and that of the generated reference. */
export function sidebar() {
  const named = GROUPS.flatMap(([, folder, names]) => names.map((name) => pathOf(folder, name)))
  const groups = GROUPS.map(([text, folder, names]) => {
    const own = names.map((name) => pathOf(folder, name))
    const rest = [
      ...(folder === '' ? [] : pagesIn(folder)),
      ...(text === OTHERS ? pagesIn('') : []),
    ].filter((path) => !named.includes(path) && path !== 'README')
    return { text, collapsed: false, items: [...own, ...rest].map(itemOf) }
  })
  return { '/': groups, '/api/': reference() }
}

/** The generated reference: a group for each entry of the package, with the pages of its functions and types. */
function reference() {
  const api = join(docs, 'api')
  if (!existsSync(api)) return []
  const entries = entriesBelow(api, '')
  return [{ text: 'API', collapsed: true, items: entries.map((entry) => entryOf(api, entry)) }]
}

/** The folders of the reference that are entries: those with a page of their own. */
function entriesBelow(api, folder) {
  return foldersIn(join(api, folder)).flatMap((name) => {
    const path = folder + name
    const below = entriesBelow(api, `${path}/`)
    return existsSync(join(api, path, 'index.md')) ? [path, ...below] : below
  })
}

function entryOf(api, entry) {
  const kinds = foldersIn(join(api, entry)).filter(
    (kind) => !existsSync(join(api, entry, kind, 'index.md')),
  )
  const items = kinds.flatMap((kind) =>
    pagesIn(`api/${entry}/${kind}/`).map((path) => ({
      text: path.split('/').at(-1),
      link: `/${path}`,
    })),
  )
  const text = entry === 'index' ? 'latchkey' : `latchkey/${entry}`
  return { text, link: `/api/${entry}/`, collapsed: true, items }
}

function foldersIn(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
}

function pathOf(folder, name) {
  return name.startsWith('../') ? name.slice(3) : folder + name
}

function pagesIn(folder) {
  return readdirSync(join(docs, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name.slice(0, -3))
    .toSorted()
}

/** A page by its heading. */
function itemOf(path) {
  const [, heading] = /^# (.*)$/m.exec(readFileSync(join(docs, `${path}.md`), 'utf8')) ?? []
  if (heading === undefined) throw new Error(`docs/${path}.md has no heading`)
  return { text: heading, link: `/${path.replace(/(^|\/)(index|README)$/, '$1')}` }
}
