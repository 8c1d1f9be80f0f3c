import { readFile, rm, writeFile } from 'node:fs/promises'
import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  treeshake: true,
  splitting: true,
  // Inlines constants, and functions that return what they are given: those tell types apart and do nothing else.
  esbuildOptions(options) {
    options.minifySyntax = true
  },
}

// Both builds write there, so neither may clear it.
await rm('dist', { recursive: true, force: true })

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      testing: 'src/testing/index.ts',
      'testing-msw': 'src/testing/msw/index.ts',
      dpop: 'src/dpop/index.ts',
      devtools: 'src/devtools/index.ts',
      worker: 'src/worker/index.ts',
      element: 'src/element/index.ts',
      angular: 'src/angular/index.ts',
      react: 'src/react/index.ts',
      vue: 'src/vue/index.ts',
      svelte: 'src/svelte/index.ts',
    },
    // Safari 16 and its contemporaries: test/compat checks it.
    target: ['safari16', 'chrome106', 'firefox105'],
    platform: 'browser',
    // React Server Components import the hooks as part of the client. Bundling drops a directive in the source.
    async onSuccess() {
      for (const file of ['dist/react.js', 'dist/react.cjs'])
        // On the first line, so that source maps stay true.
        await writeFile(file, `'use client';${await readFile(file, 'utf8')}`)
    },
  },
  {
    ...shared,
    // Apart, so that what a page loads is not divided to be shared with a server.
    entry: {
      server: 'src/server/index.ts',
      'server-node': 'src/server/node/index.ts',
      'server-verifier': 'src/server/verifier/index.ts',
    },
    target: 'node20',
    platform: 'neutral',
  },
])
