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
})
