// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '17.55 kB', esbuild: '18.2 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '17.7 kB', esbuild: '18.35 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '18.15 kB', esbuild: '18.85 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '17.7 kB', esbuild: '18.35 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '17.75 kB', esbuild: '18.45 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '17.65 kB', esbuild: '18.35 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '19 kB', esbuild: '19.75 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '19.6 kB', esbuild: '20.4 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, expiryWarnings }',
    { rolldown: '18.05 kB', esbuild: '18.75 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, diagnostics }',
    { rolldown: '18.3 kB', esbuild: '19.05 kB' },
  ],
  ['index', '*', { rolldown: '24.1 kB', esbuild: '25.15 kB' }],
  ['dpop', '{ dpop }', { rolldown: '2.75 kB', esbuild: '2.75 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '1.6 kB', esbuild: '1.6 kB' }],
  [
    'react',
    '{ SessionProvider, useSession, useSessionExpiring }',
    { rolldown: '585 B', esbuild: '527 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '616 B', esbuild: '559 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '382 B', esbuild: '390 B' }],
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
