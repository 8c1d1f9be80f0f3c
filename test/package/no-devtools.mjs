// The built files: an application that has the developer tools in development has not a byte of them in production, and
// bundles to the very same code as one that never had them. By esbuild, and by Rolldown as Vite does. Run after a build.
import assert from 'node:assert/strict'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'

const WITHOUT = `
  import { createSession, cookieTransport } from 'latchkey'
  globalThis.session = createSession({ transport: cookieTransport('/auth'), diagnostics: undefined })`
const WITH = `
  import { createSession, cookieTransport } from 'latchkey'
  import { devtools } from 'latchkey/devtools'
  globalThis.session = createSession({
    transport: cookieTransport('/auth'),
    diagnostics: process.env.NODE_ENV === 'production' ? undefined : devtools(),
  })`
/** A name that only the tools have, and that no minifier shortens. */
const MARK = 'session-devtools'

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

for (const bundle of [byEsbuild, byRolldown]) {
  const without = await bundle(WITHOUT, 'production')
  assert.match(
    await bundle(WITH, 'development'),
    new RegExp(MARK),
    'the tools are there in development',
  )
  const production = await bundle(WITH, 'production')
  assert.ok(!production.includes(MARK), `${bundle.name}: no tools in production`)
  assert.ok(production === without, `${bundle.name}: production is what it is without the tools`)
  console.log(`${bundle.name}: ${without.length} bytes, with the tools in development or without.`)
}
