import type { Plugin } from 'vitest/config'

/** Compiles components, those that are imported as `*.svelte?4` with Svelte 4. */
export function svelteCompilers(): Plugin {
  return {
    name: 'svelte-compilers',
    async transform(code, id) {
      if (id.endsWith('.svelte')) {
        const { compile } = await import('svelte/compiler')
        return compile(code, { filename: id }).js
      }
      if (id.endsWith('.svelte?4')) {
        const { compile } = await import('svelte4/compiler')
        return compile(code, { sveltePath: 'svelte4' }).js
      }
      return undefined
    },
  }
}
