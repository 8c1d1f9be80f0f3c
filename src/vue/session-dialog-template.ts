import type { HTMLAttributes } from 'vue'
import type { SessionDialogProps } from '../element/index.ts'

declare module 'vue' {
  interface GlobalComponents {
    'session-dialog': new () => { readonly $props: SessionDialogProps & HTMLAttributes }
  }
}
