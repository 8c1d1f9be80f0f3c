// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '18.65 kB', esbuild: '19.4 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '18.8 kB', esbuild: '19.55 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '19.25 kB', esbuild: '20 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '18.85 kB', esbuild: '19.55 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '18.85 kB', esbuild: '19.6 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '18.75 kB', esbuild: '19.5 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '20.25 kB', esbuild: '21.05 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '20.75 kB', esbuild: '21.65 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, expiryWarnings }',
    { rolldown: '19.25 kB', esbuild: '20.05 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, diagnostics }',
    { rolldown: '19.4 kB', esbuild: '20.25 kB' },
  ],
  ['index', '*', { rolldown: '25.3 kB', esbuild: '26.45 kB' }],
  ['dpop', '{ dpop }', { rolldown: '2.85 kB', esbuild: '2.85 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '1.7 kB', esbuild: '1.7 kB' }],
  [
    'react',
    '{ SessionProvider, useSession, useSessionExpiring }',
    { rolldown: '596 B', esbuild: '533 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '616 B', esbuild: '563 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '391 B', esbuild: '392 B' }],
  // None of these is in a page: test/package/server-only.mjs.
  ['server', '{ createSessions, postgresStore }', { rolldown: '7.6 kB', esbuild: '7.8 kB' }],
  ['server', '{ createSessions, redisStore }', { rolldown: '7.3 kB', esbuild: '7.5 kB' }],
  ['server/node', '{ toNodeHandler }', { rolldown: '626 B', esbuild: '630 B' }],
  ['server/verifier', '{ createVerifier }', { rolldown: '1.5 kB', esbuild: '1.45 kB' }],
]

export default [...rowsOf('rolldown', 'esbuild'), ...rowsOf('esbuild', 'rolldown')]

function rowsOf(bundler: Bundler, other: Bundler) {
  return ROWS.map(([entry, names, limits]) => ({
    name: `${entry === 'index' ? '' : `latchkey/${entry} `}${names}, by ${bundler}`,
    path: `dist/${entry.replace('/', '-')}.js`,
    import: names,
    limit: limits[bundler],
    disablePlugins: [`@size-limit/${other}`],
    // Its warnings are of chunks that the build imports for nothing.
    modifyEsbuildConfig: (config: object) => ({ ...config, logLevel: 'error' }),
  }))
}
