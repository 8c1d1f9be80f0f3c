import { build, type Plugin } from 'esbuild'

/** `file` with everything it imports, as one script. */
export async function scriptOf(file: string, plugins: Plugin[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    plugins,
    minify: true,
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    write: false,
    logLevel: 'error',
  })
  return outputFiles.map(({ text }) => text).join('')
}

/** A page whose only script is `file` with everything it imports, inlined: it loads with one request. */
export async function pageOf(file: string, plugins: Plugin[] = []): Promise<string> {
  // Inlined into the page, this would end the script.
  const script = (await scriptOf(file, plugins)).replaceAll('</script', '<\\/script')
  const head =
    '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
  return `${head}<title>Bench</title><script>${script}</script>`
}
