// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '15.8 kB', esbuild: '16.45 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '16 kB', esbuild: '16.6 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '16.45 kB', esbuild: '17.05 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '16 kB', esbuild: '16.6 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '16.05 kB', esbuild: '16.7 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '15.95 kB', esbuild: '16.55 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '17.25 kB', esbuild: '17.95 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '17.8 kB', esbuild: '18.6 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, expiryWarnings }',
    { rolldown: '16.35 kB', esbuild: '16.95 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, diagnostics }',
    { rolldown: '16.65 kB', esbuild: '17.25 kB' },
  ],
  ['index', '*', { rolldown: '22.35 kB', esbuild: '23.3 kB' }],
  ['dpop', '{ dpop }', { rolldown: '2.45 kB', esbuild: '2.4 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '1.5 kB', esbuild: '1.55 kB' }],
  [
    'react',
    '{ SessionProvider, useSession, useSessionExpiring }',
    { rolldown: '546 B', esbuild: '518 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '579 B', esbuild: '517 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '350 B', esbuild: '352 B' }],
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
