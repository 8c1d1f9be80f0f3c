import { claimsOf } from '../../../src/tokens.ts'
import type { Move } from '../moves.ts'
import type { Actor, World } from '../world.ts'
import { at } from './session.ts'

/** Where the server pushes its events. */
export const STREAM = '/api/events'

/** The session that a tab shows, if it has a token of it. */
export function sidOf({ tab }: Actor): string | undefined {
  return tab.session.state.claims?.['sid'] as string | undefined
}

/** The session that a stream was opened for. */
export function sessionOf({ token }: { readonly token: string }): string | undefined {
  return claimsOf(token)?.['sid'] as string | undefined
}

function push(world: World, pick: number): string | undefined {
  const { stream, events, open } = world
  const to = at(stream?.open ?? [], pick)
  if (!to) return undefined
  const sid = sessionOf(to)
  const id = String(events.length + 1)
  const data = `${String(sid)} ${id}`
  events.push({
    sid,
    data,
    at: world.browser.clock.uptime(),
    to: open.filter(({ tab, isDisposed }) => {
      const { status, claims } = tab.session.state
      return tab.isRunning && !isDisposed && status === 'logged-in' && claims?.['sid'] === sid
    }),
  })
  to.send(data, { id })
  return `the server pushes event ${id} to ${String(sid)}`
}

/** What comes of the events that a server pushes. */
export const streamMoves = {
  push: { weight: 3, isCalm: true, run: push },
  'break the stream': {
    weight: 1,
    trouble: 'answers',
    run({ stream }, pick, much) {
      const broken = at(stream?.open ?? [], pick)
      if (much % 2) broken?.end()
      else broken?.cut()
      return broken && 'the stream of events breaks'
    },
  },
} satisfies Record<string, Move>
