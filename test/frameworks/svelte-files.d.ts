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

// Its own types are of modules called 'svelte', and would mix with those of the newer one.
declare module 'svelte4/compiler' {
  export function compile(
    source: string,
    options: { sveltePath: string },
  ): { readonly js: { readonly code: string } }
}
