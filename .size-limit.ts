// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '18.25 kB', esbuild: '18.85 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '18.4 kB', esbuild: '19 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '18.85 kB', esbuild: '19.55 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '18.25 kB', esbuild: '18.9 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '18.5 kB', esbuild: '19.1 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '18.35 kB', esbuild: '19 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '18.65 kB', esbuild: '19.4 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '20.15 kB', esbuild: '21 kB' },
  ],
  ['index', '*', { rolldown: '22.65 kB', esbuild: '23.55 kB' }],
  ['dpop', '{ dpop }', { rolldown: '2.5 kB', esbuild: '2.5 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '1.5 kB', esbuild: '1.55 kB' }],
  [
    'react',
    '{ SessionProvider, useSession, useSessionExpiring }',
    { rolldown: '546 B', esbuild: '499 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '568 B', esbuild: '520 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '343 B', esbuild: '357 B' }],
]

export default [...rowsOf('rolldown', 'esbuild'), ...rowsOf('esbuild', 'rolldown')]

function rowsOf(bundler: Bundler, other: Bundler) {
  return ROWS.map(([entry, names, limits]) => ({
    name: `${entry === 'index' ? '' : `latchkey/${entry} `}${names}, by ${bundler}`,
    path: `dist/${entry}.js`,
    import: names,
    limit: limits[bundler],
    disablePlugins: [`@size-limit/${other}`],
    // Its warnings are of chunks that the build imports for nothing.
    modifyEsbuildConfig: (config: object) => ({ ...config, logLevel: 'error' }),
  }))
}
