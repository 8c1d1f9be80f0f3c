// The built files: an application that has the developer tools or a session without a backend in development has not a byte of
// them in production, and bundles to the very same code as one that never had them. By esbuild, and by Rolldown as Vite does.
// Run after a build.
import assert from 'node:assert/strict'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'

/** The exports that only development may load, each with a name that identifies its code in a bundle: minifiers keep these names. */
const CASES = [
  {
    mark: 'session-devtools',
    without: `
      import { createSession, cookieTransport } from 'latchkey'
      globalThis.session = createSession({ transport: cookieTransport('/auth'), diagnostics: undefined })`,
    with: `
      import { createSession, cookieTransport } from 'latchkey'
      import { devtools } from 'latchkey/devtools'
      globalThis.session = createSession({
        transport: cookieTransport('/auth'),
        diagnostics: process.env.NODE_ENV === 'production' ? undefined : devtools(),
      })`,
  },
  {
    mark: 'session-mock',
    without: `
      import { createSession, cookieTransport } from 'latchkey'
      const options = { transport: cookieTransport('/auth') }
      globalThis.session = createSession(options)`,
    with: `
      import { createSession, cookieTransport } from 'latchkey'
      import { createMockSession } from 'latchkey/testing'
      const options = { transport: cookieTransport('/auth') }
      globalThis.session =
        process.env.NODE_ENV === 'production' ? createSession(options) : createMockSession(options)`,
  },
]

async function byEsbuild(contents, mode) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    // Not the names: a minifier gives them out by how often they occur, in what it drops as well.
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
  })
  return outputFiles[0].text
}

async function byRolldown(contents, mode) {
  const bundle = await rolldown({
    input: 'app',
    transform: { define: { 'process.env.NODE_ENV': JSON.stringify(mode) } },
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === 'app' ? `${process.cwd()}/app.js` : null),
        load: (id) => (id === `${process.cwd()}/app.js` ? contents : null),
      },
    ],
  })
  const { output } = await bundle.generate({
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    format: 'esm',
    codeSplitting: false,
  })
  await bundle.close()
  return output[0].code
}

for (const bundle of [byEsbuild, byRolldown])
  for (const { mark, ...page } of CASES) {
    const without = await bundle(page.without, 'production')
    assert.ok(
      (await bundle(page.with, 'development')).includes(mark),
      `${mark} is there in development`,
    )
    const production = await bundle(page.with, 'production')
    assert.ok(!production.includes(mark), `${bundle.name}: no ${mark} in production`)
    assert.ok(production === without, `${bundle.name}: production is what it is without ${mark}`)
    console.log(`${bundle.name}: ${without.length} bytes, with ${mark} in development or without.`)
  }
