import { basename, join } from 'node:path'
import { build, stop } from 'esbuild'
import type { Hono } from 'hono'
import { etag } from 'hono/etag'
import type { Mode } from '../extensions/strategies/mode.ts'

const SOURCE = join(import.meta.dirname, '..', 'web')

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    // Only script submits the forms. If it fails to load, no password ends up in a URL.
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  // Not `no-store`, which would keep the page out of the back/forward cache. The page itself holds nothing secret.
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  map: 'application/json',
}

/** Bundles the pages in memory, for a server of this mode. Returns a function that adds them to an application. */
export async function createPage(mode: Mode = 'rotating'): Promise<(app: Hono) => void> {
  const { outputFiles } = await build({
    absWorkingDir: SOURCE,
    entryPoints: [
      'index.html',
      'main.ts',
      'react.html',
      'react-page.ts',
      'admin.html',
      'admin.ts',
      'crashed.html',
      'style.css',
      'icon.svg',
    ],
    outdir: '.',
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'linked',
    define: { 'process.env.NODE_ENV': '"production"', SERVER_MODE: JSON.stringify(mode) },
    loader: { '.html': 'copy', '.svg': 'copy' },
    logLevel: 'silent',
  })
  await stop()

  return (app) => {
    for (const { path, contents } of outputFiles) {
      const name = basename(path)
      const headers = { ...HEADERS, 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? '' }
      app.get(name === 'index.html' ? '/' : `/${name}`, etag(), (c) =>
        c.body(new Uint8Array(contents), 200, headers),
      )
    }
  }
}
