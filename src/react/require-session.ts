import { createElement, Fragment, type ReactElement, type ReactNode } from 'react'
import { useSession } from './use-session.ts'

/** Props of {@link RequireSession}. */
export interface RequireSessionProps {
  /** Rendered when no user is signed in, such as a sign-in form or a redirect. */
  readonly fallback: ReactNode
  /** Rendered until it is known whether a user is signed in; on a server always. @default nothing */
  readonly restoring?: ReactNode
  readonly children?: ReactNode
}

/**
 * Renders its children while a user is signed in. They are mounted anew for another user, so no state of the last one
 * remains. It suspends nothing by itself. Throws a `TypeError` if there is no provider.
 */
export function RequireSession({
  fallback,
  restoring = null,
  children,
}: RequireSessionProps): ReactElement {
  const { status, subject } = useSession()
  if (status === 'logged-in') return createElement(Fragment, { key: subject }, children)
  const instead = status === 'restoring' ? restoring : fallback
  return createElement(Fragment, { key: status }, instead)
}
