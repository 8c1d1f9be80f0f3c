import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path/posix'
import { expect, test } from 'vitest'

const root = join(slashed(import.meta.dirname), '../../src')

/** Who may import whom: the table of CONTRIBUTING.md. */
const layers: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared'],
  core: ['shared', 'core'],
  storage: ['shared', 'storage'],
  // A feature of the core may be one that only some transports bring along.
  transports: ['shared', 'core', 'storage', 'transports'],
  platform: ['shared', 'platform'],
  fetch: ['shared', 'core', 'fetch'],
  events: ['shared', 'core', 'events'],
  parked: ['shared', 'core', 'fetch', 'parked'],
  composition: [
    'shared',
    'core',
    'storage',
    'transports',
    'platform',
    'fetch',
    'events',
    'parked',
    'composition',
  ],
  index: ['shared', 'core', 'storage', 'transports', 'fetch', 'events', 'parked', 'composition'],
  // A virtual browser is one more set of ports: of the session it knows what an application knows. A test session is on
  // real time, and is ended as another tab would end it: by a record. `checkServer` knows which errors end a session.
  testing: [
    ...['shared', 'core', 'transports', 'platform', 'composition', 'index', 'server'],
    ...['worker', 'testing'],
  ],
  // One more transport, around another: it needs a page to keep its key in.
  dpop: ['shared', 'core', 'platform', 'fetch', 'dpop'],
  // The core once more, on the ports of a worker.
  worker: ['shared', 'core', 'platform', 'fetch', 'composition', 'worker'],
  element: ['index', 'element'],
  // A piece of the page as the element is, and the diagnostics of a session, which it shows.
  devtools: ['shared', 'core', 'platform', 'fetch', 'composition', 'index', 'devtools'],
  adapters: ['shared', 'platform', 'index', 'adapters'],
  angular: ['shared', 'index', 'adapters', 'angular'],
  react: ['shared', 'index', 'element', 'adapters', 'react'],
  vue: ['shared', 'index', 'element', 'adapters', 'vue'],
  svelte: ['shared', 'index', 'element', 'adapters', 'svelte'],
  // Runs on a server, and shares with the page only how an option is refused.
  server: ['shared', 'server'],
}
const shared = new Set([
  'ports.ts',
  'tokens.ts',
  'transport.ts',
  'session-state.ts',
  'errors.ts',
  'misuse.ts',
  'retry-after.ts',
  'read-json.ts',
])

function layerOf(file: string): string {
  const [head = '', rest] = file.split('/')
  if (rest !== undefined) return head
  if (file === 'index.ts') return 'index'
  return shared.has(file) ? 'shared' : 'composition'
}

/** A path of Windows as imports write it. */
function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map(slashed)
  .filter((file) => file.endsWith('.ts'))

function importsOf(file: string): readonly string[] {
  const source = readFileSync(join(root, file), 'utf8')
  const specifiers = [...source.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  )
  return specifiers.map((specifier) => relative(root, join(root, dirname(file), specifier)))
}

test('there is something to check', () => {
  expect(files.length).toBeGreaterThan(30)
  expect(importsOf('open-session.ts')).toContain('core/refresh/refresher.ts')
})

test.each(files)('%s imports only the layers below it', (file) => {
  for (const imported of importsOf(file)) {
    expect(layers[layerOf(file)], `${file} -> ${imported}`).toContain(layerOf(imported))
  }
})

test('core and platform meet in create-session.ts alone', () => {
  const meeting = files.filter(
    (file) =>
      layerOf(file) === 'composition' &&
      importsOf(file).some((imported) => layerOf(imported) === 'platform'),
  )
  // What an application passes in may look at the page itself.
  const sources = ['activity-sources.ts', 'idle-timeout.ts', 'refresh-worker.ts', 'stay.ts']
  expect(meeting.filter((file) => !sources.includes(file))).toEqual(['create-session.ts'])
})

test('only the ledger changes the shared record, shows a tab what is there, and tells the other tabs', () => {
  const writers = files.filter((file) =>
    /\.(commit|observe|hint)\(|\{[^}]*\b(commit|observe|hint)\b[^}]*\} = (shared|tab|siblings)\b/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  )
  expect(writers).toEqual(['core/shared/ledger.ts'])
})

test('the record is pure: its modules call nothing but each other, time types and tokens', () => {
  const pure = files.filter((file) => file.startsWith('core/record/'))
  const outside = pure.flatMap(importsOf).filter((file) => !file.startsWith('core/record/'))
  expect(new Set(outside)).toEqual(
    new Set(['core/time/moments.ts', 'session-state.ts', 'tokens.ts']),
  )
})

test('the walks of CONTRIBUTING.md lead through files and functions that are there', () => {
  const guide = readFileSync(join(root, '../CONTRIBUTING.md'), 'utf8')
  const stops = [...guide.matchAll(/`((?:core|fetch|events|parked)\/[\w/-]+\.ts)`((?:,? `\w+`)*)/g)]
  expect(stops.length).toBeGreaterThan(30)
  for (const [, file = '', names = ''] of stops) {
    const source = readFileSync(join(root, file), 'utf8')
    for (const [, name = ''] of names.matchAll(/`(\w+)`/g))
      expect(source, `${file} ${name}`).toMatch(new RegExp(`\\b${name}\\b`))
  }
})

test('no folder is a list: a dozen files at most', () => {
  const crowded = new Map<string, number>()
  for (const file of files.filter((file) => /^(core|server)\//.test(file)))
    crowded.set(dirname(file), (crowded.get(dirname(file)) ?? 0) + 1)
  expect([...crowded].filter(([, count]) => count > 12)).toEqual([])
})

test('no framework is known but to its own adapter', () => {
  const frameworks = ['@angular', 'react', 'vue', 'svelte']
  const users = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    const known = frameworks.filter((name) => new RegExp(`from '${name}['/]`).test(source))
    return known.map((name) => [layerOf(file), name])
  })
  expect(new Set(users.map(([, name]) => name))).toEqual(new Set(frameworks))
  for (const [layer, name] of users) expect(layer).toBe(name?.replace('@', ''))
})

test('no package is imported but by the entry that needs it as a peer', () => {
  const peers = new Map([
    ['@angular/common', 'angular'],
    ['@angular/core', 'angular'],
    ['rxjs', 'angular'],
    ['dpop', 'dpop'],
    ['jose', 'server/verifier'],
    ['msw', 'testing/msw'],
    ['react', 'react'],
    ['svelte', 'svelte'],
    ['vue', 'vue'],
  ])
  const users = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return [...source.matchAll(/(?:from|import) '((?:@[^/]+\/)?[^.'@][^'/]*)/g)].map(
      ([, name = '']) => {
        return { file, name, isPeer: dirname(file) === peers.get(name) }
      },
    )
  })
  expect(users.filter(({ isPeer }) => !isPeer)).toEqual([])
  expect(new Set(users.map(({ name }) => name))).toEqual(new Set(peers.keys()))
})

test('modules that are given a session load nothing of one', () => {
  const given = files.filter((file) => /^(adapters|element|react|vue|svelte)\//.test(file))
  for (const file of given) {
    const source = readFileSync(join(root, file), 'utf8')
    expect(source, file).not.toMatch(/^(?:import|export) (?!type)[^']*from '\.\.\/index\.ts'/m)
  }
})

test('nothing rests in sessionStorage, which a duplicated tab takes along', () => {
  const users = files.filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('sessionStorage'),
  )
  expect(users).toEqual([])
})

test('no module needs itself to be loaded first', () => {
  // Types are gone when modules load, so only imports of values can go in a circle.
  const values = new Map(
    files.map((file) => {
      const source = readFileSync(join(root, file), 'utf8')
      const found = [...source.matchAll(/^(?:import|export) (?!type)[^']*from '(\.[^']+)'/gm)]
      return [
        file,
        found.map(([, specifier = '']) => relative(root, join(root, dirname(file), specifier))),
      ]
    }),
  )
  const circles: string[] = []
  function walk(file: string, path: readonly string[]): void {
    if (path.includes(file)) return void circles.push([...path, file].join(' -> '))
    for (const next of values.get(file) ?? []) walk(next, [...path, file])
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})
