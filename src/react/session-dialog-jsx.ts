import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { SessionDialogElement, SessionDialogProps } from '../element/index.ts'

/** What `<session-dialog>` takes in JSX. React 19 sets `session` as a property; React 18 needs a `ref` to set it. */
export type SessionDialogJsx = SessionDialogProps &
  DetailedHTMLProps<HTMLAttributes<SessionDialogElement>, SessionDialogElement>

declare module 'react' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- where React looks elements up
  namespace JSX {
    interface IntrinsicElements {
      'session-dialog': SessionDialogJsx
    }
  }
}
