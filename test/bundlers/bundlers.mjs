// Each builds the page in app/ and its worker into `out`, with as little configuration as it takes.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Vite finds the worker by `new SharedWorker(new URL(…, import.meta.url))`. */
async function vite(app, out) {
  const { build } = await import('vite')
  await build({
    root: app,
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { outDir: out, emptyOutDir: true },
  })
}

/** So does webpack 5. */
async function webpack(app, out) {
  const { default: webpack } = await import('webpack')
  const stats = await new Promise((resolve, reject) =>
    webpack(
      {
        mode: 'production',
        context: app,
        entry: './main.js',
        output: { path: out, filename: 'main.js', publicPath: '/' },
      },
      (error, stats) => (error ? reject(error) : resolve(stats)),
    ),
  )
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
  copyFileSync(join(app, 'index.html'), join(out, 'index.html'))
}

/** esbuild leaves the URL as it is: the worker is a second entry, and keeps its name and place. */
async function esbuild(app, out) {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(app, 'main.js'), join(app, 'session-worker.js')],
    outdir: out,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    logLevel: 'error',
  })
  copyFileSync(join(app, 'index.html'), join(out, 'index.html'))
}

/** And so does Rollup. */
async function rollup(app, out) {
  const { rollup } = await import('rollup')
  const { nodeResolve } = await import('@rollup/plugin-node-resolve')
  const bundle = await rollup({
    input: [join(app, 'main.js'), join(app, 'session-worker.js')],
    plugins: [nodeResolve({ browser: true })],
  })
  await bundle.write({ dir: out, format: 'es', entryFileNames: '[name].js' })
  mkdirSync(out, { recursive: true })
  copyFileSync(join(app, 'index.html'), join(out, 'index.html'))
}

export const BUNDLERS = { vite, webpack, esbuild, rollup }
