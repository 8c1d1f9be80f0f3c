declare module '*.svelte' {
  import type { Component } from 'svelte'
  import type { Session } from '../../src/index.ts'

  const component: Component<{ session: Session }>
  export default component
}

declare module '*.svelte?4' {
  import type { Session } from '../../src/index.ts'

  export default class {
    constructor(options: { target: HTMLElement; props: { session: Session } })
    $destroy(): void
  }
}

// Svelte 4 declares its types for modules called 'svelte', which would mix with those of Svelte 5.
declare module 'svelte4/compiler' {
  export function compile(
    source: string,
    options: { sveltePath: string },
  ): { readonly js: { readonly code: string } }
}
