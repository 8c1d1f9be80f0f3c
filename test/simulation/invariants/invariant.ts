import type { News } from '../news.ts'
import type { Actor, Trouble, World } from '../world.ts'

/**
 * Something that must hold after every step of every story, whatever has gone wrong. Its name is a sentence; it finds out
 * whether that is true: what breaks it, or nothing. `news` is what has happened since the last look.
 */
export type Invariant = (world: World, news: News) => string | undefined

/** Whether one of these has gone wrong in the story. */
export function has(troubles: ReadonlySet<Trouble>, ...some: readonly Trouble[]): boolean {
  return some.some((trouble) => troubles.has(trouble))
}

/** Whose session a tab shows. */
export function whoIsThere({ tab: { session } }: Actor): string {
  const { status, subject } = session.state
  return status === 'logged-in' ? String(subject) : status
}
