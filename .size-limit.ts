// What each import costs, minified and brotlied, as bundled by Rolldown (which Vite uses) and by esbuild. `npm run size`
// fails above a limit. A limit is what was reached, above a kilobyte rounded up to the next 50 bytes: by so much
// compression makes more or less of the same code when something else changes.
type Row = readonly [entry: string, names: string, limits: Readonly<Record<Bundler, string>>]
type Bundler = 'rolldown' | 'esbuild'

/** The limits of each import that an application may write. */
export const ROWS: readonly Row[] = [
  ['index', '{ createSession, cookieTransport }', { rolldown: '20.65 kB', esbuild: '21.35 kB' }],
  ['index', '{ createSession, jsonTransport }', { rolldown: '20.85 kB', esbuild: '21.55 kB' }],
  ['index', '{ createSession, oauthTransport }', { rolldown: '21.2 kB', esbuild: '21.95 kB' }],
  ['index', '{ createSession, slidingTransport }', { rolldown: '20.75 kB', esbuild: '21.6 kB' }],
  ['index', '{ createSession, renewTransport }', { rolldown: '20.85 kB', esbuild: '21.6 kB' }],
  ['index', '{ createSession, anonymousTransport }', { rolldown: '20.75 kB', esbuild: '21.5 kB' }],
  [
    'index',
    '{ createSession, cookieTransport, idleTimeout }',
    { rolldown: '22.15 kB', esbuild: '23.05 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, serverEvents }',
    { rolldown: '22.65 kB', esbuild: '23.6 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, expiryWarnings }',
    { rolldown: '21.2 kB', esbuild: '22.05 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, diagnostics }',
    { rolldown: '21.45 kB', esbuild: '22.25 kB' },
  ],
  [
    'index',
    '{ createSession, cookieTransport, stay }',
    { rolldown: '22.9 kB', esbuild: '23.8 kB' },
  ],
  // In a page, beside the session.
  ['worker', '{ refreshWorker }', { rolldown: '939 B', esbuild: '985 B' }],
  // In the worker alone.
  ['worker', '{ serveRefreshes }', { rolldown: '11.9 kB', esbuild: '12.45 kB' }],
  ['index', '*', { rolldown: '29.7 kB', esbuild: '30.95 kB' }],
  ['dpop', '{ dpop }', { rolldown: '3 kB', esbuild: '3 kB' }],
  // In development only: test/package/development-only.mjs.
  ['devtools', '{ devtools }', { rolldown: '18.75 kB', esbuild: '19.4 kB' }],
  ['testing', '{ createMockSession }', { rolldown: '27.8 kB', esbuild: '28.95 kB' }],
  ['element', '{ defineSessionDialog }', { rolldown: '2.4 kB', esbuild: '2.4 kB' }],
  [
    'react',
    '{ SessionProvider, RequireSession, useSession, useSessionExpiring }',
    { rolldown: '671 B', esbuild: '620 B' },
  ],
  [
    'vue',
    '{ sessionPlugin, useSession, useSessionExpiring }',
    { rolldown: '626 B', esbuild: '566 B' },
  ],
  ['svelte', '{ sessionStore, expiringStore }', { rolldown: '391 B', esbuild: '392 B' }],
  [
    'angular',
    '{ provideSession, injectSession, injectSessionExpiring, sessionInterceptor, sessionGuard }',
    { rolldown: '1.65 kB', esbuild: '1.6 kB' },
  ],
  // None of these is in a page: test/package/server-only.mjs.
  ['server', '{ createSessions, postgresStore }', { rolldown: '7.65 kB', esbuild: '7.9 kB' }],
  ['server', '{ createSessions, redisStore }', { rolldown: '7.4 kB', esbuild: '7.6 kB' }],
  ['server/node', '{ toNodeHandler }', { rolldown: '626 B', esbuild: '630 B' }],
  ['server/verifier', '{ createVerifier }', { rolldown: '1.7 kB', esbuild: '1.65 kB' }],
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
