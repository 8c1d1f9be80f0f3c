// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '20 kB', esbuild: '20.75 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '20.2 kB', esbuild: '21 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '20.55 kB', esbuild: '21.3 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '20.15 kB', esbuild: '20.95 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '20.15 kB', esbuild: '20.9 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '20.05 kB', esbuild: '20.85 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '21.55 kB', esbuild: '22.4 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '22.1 kB', esbuild: '23 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, expiryWarnings }',
    { rolldown: '20.6 kB', esbuild: '21.4 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, diagnostics }',
    { rolldown: '20.85 kB', esbuild: '21.6 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, stay }',
    { rolldown: '22.4 kB', esbuild: '23.3 kB' },
  ],
  // In a page, beside the session.
  ['worker', '{ refreshWorker }', { rolldown: '1.2 kB', esbuild: '1.2 kB' }],
  // In the worker alone.
  ['worker', '{ serveRefreshes }', { rolldown: '12 kB', esbuild: '12.5 kB' }],
  ['index', '*', { rolldown: '26.7 kB', esbuild: '27.85 kB' }],
  ['dpop', '{ dpop }', { rolldown: '2.85 kB', esbuild: '2.85 kB' }],
  // In development only: test/package/no-devtools.mjs.
  ['devtools', '{ devtools }', { rolldown: '20 kB', esbuild: '20 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '2.5 kB', esbuild: '2.5 kB' }],
  [
    'react',
    '{ SessionProvider, RequireSession, useSession, useSessionExpiring }',
    { rolldown: '700 B', esbuild: '650 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '616 B', esbuild: '563 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '391 B', esbuild: '392 B' }],
  [
    'angular',
    '{ provideSession, injectSession, injectSessionExpiring, sessionInterceptor, sessionGuard }',
    { rolldown: '1.5 kB', esbuild: '1.5 kB' },
  ],
  // None of these is in a page: test/package/server-only.mjs.
  ['server', '{ createSessions, postgresStore }', { rolldown: '7.55 kB', esbuild: '7.75 kB' }],
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
