import { readFile, writeFile } from 'node:fs/promises'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    'testing-msw': 'src/testing/msw/index.ts',
    dpop: 'src/dpop/index.ts',
    element: 'src/element/index.ts',
    react: 'src/react/index.ts',
    vue: 'src/vue/index.ts',
    svelte: 'src/svelte/index.ts',
    server: 'src/server/index.ts',
    'server-node': 'src/server/node/index.ts',
    'server-verifier': 'src/server/verifier/index.ts',
  },
  format: ['esm', 'cjs'],
  // Safari 16 and its contemporaries: test/compat checks it.
  target: ['safari16', 'chrome106', 'firefox105'],
  platform: 'browser',
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  splitting: true,
  // Inlines constants, and functions that return what they are given: those tell types apart and do nothing else.
  esbuildOptions(options) {
    options.minifySyntax = true
  },
  // React Server Components import the hooks as part of the client. Bundling drops a directive in the source.
  async onSuccess() {
    for (const file of ['dist/react.js', 'dist/react.cjs'])
      // On the first line, so that source maps stay true.
      await writeFile(file, `'use client';${await readFile(file, 'utf8')}`)
  },
})
