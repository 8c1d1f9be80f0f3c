import { isEventStream } from './events/connect.ts'
import {
  followServerEvents,
  type ServerEventsDeps,
  type ServerEventVerdict,
} from './events/follow-server-events.ts'
import type { AuthFetch } from './fetch/auth-fetch.ts'
import type { Verdict } from './fetch/challenge.ts'
import type { ResolveTarget } from './fetch/targets.ts'
import { misuse } from './misuse.ts'
import type { Dispose } from './ports.ts'
import type { ServerEvent } from './session-state.ts'

/** What {@link serverEvents} can be told. */
export interface ServerEventsOptions {
  /**
   * What an event means: `ended` ends the session in all tabs, as `revoked`; `renew` fetches a new token; `ok` hands it
   * to the application. @default 'ended' for the type `revoked`, 'renew' for `renew`
   */
  readonly judge?: ((event: ServerEvent) => ServerEventVerdict) | undefined
  /** A stream on which nothing comes for so long, not even a comment, is opened anew. @default 45_000 */
  readonly silenceMs?: number | undefined
}

type JudgeAnswer = (response: Response) => Verdict | Promise<Verdict>

/** Follows the events of a server in one tab, in turn with the others. */
export type FollowServerEvents = (
  deps: ServerEventsDeps & {
    readonly judge: JudgeAnswer
    readonly authFetch: (judge: JudgeAnswer) => AuthFetch
  },
) => Dispose

/** The events of a server: where from, and who follows them. */
export interface ServerEvents {
  /** Throws a `TypeError` if the token does not go to where they come from. */
  readonly prepare: (resolveTarget: ResolveTarget) => FollowServerEvents
}

/**
 * Server-sent events (HTML standard §9.2) for all tabs of a session: one connection, by `authFetch`, of whichever tab has
 * the lock, while somebody is signed in. The next tab takes over from the last event on. Events that the session has no
 * use for are told in all tabs as `server-event`.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function serverEvents(url: string, options: ServerEventsOptions = {}): ServerEvents {
  if (typeof url !== 'string' || url === '')
    throw misuse('url', "the URL of an event stream, such as '/auth/events'", url)
  const { judge = judgeByType, silenceMs = 45_000 } = options
  if (typeof judge !== 'function') throw misuse('judge', 'a function', judge)
  if (typeof silenceMs !== 'number' || !(silenceMs > 0))
    throw misuse('silenceMs', 'milliseconds, more than 0', silenceMs)

  return {
    prepare(resolveTarget) {
      if (resolveTarget(url) === null)
        throw misuse('events', 'at an origin that gets the token (see "origins")', url)
      return ({ judge: judgeAnswer, authFetch, ...deps }) => {
        // Who reads an answer to judge it would wait for the end of a stream that has none.
        const fetch = authFetch((response) =>
          isEventStream(response) ? 'ok' : judgeAnswer(response),
        )
        return followServerEvents(deps, { url, judge, silenceMs, fetch })
      }
    },
  }
}

function judgeByType({ type }: ServerEvent): ServerEventVerdict {
  return type === 'revoked' ? 'ended' : type === 'renew' ? 'renew' : 'ok'
}
