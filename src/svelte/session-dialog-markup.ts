import type { HTMLAttributes } from 'svelte/elements'
import type { SessionDialogElement, SessionDialogProps } from '../element/index.ts'

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'session-dialog': SessionDialogProps & HTMLAttributes<SessionDialogElement>
  }
}
