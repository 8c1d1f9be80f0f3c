import { isEventStream } from './events/connect.ts'
import {
  followServerEvents,
  type ServerEventsDeps,
  type ServerEventVerdict,
} from './events/follow-server-events.ts'
import type { AuthFetch } from './fetch/auth-fetch.ts'
import type { Verdict } from './fetch/challenge.ts'
import type { ResolveTarget } from './fetch/targets.ts'
import { misuse, ownOptions } from './misuse.ts'
import type { Dispose } from './ports.ts'
import type { ServerEvent } from './session-state.ts'

declare const opaque: unique symbol

/** Options of {@link serverEvents}. */
export interface ServerEventsOptions {
  /**
   * What an event means: `ended` ends the session in all tabs, as `revoked`; `renew` fetches a new token; `ok` hands it
   * to the application. @default 'ended' for the type `revoked`, 'renew' for `renew`
   */
  readonly judgeEvent?: ((event: ServerEvent) => ServerEventVerdict) | undefined
  /** A stream that is silent for so long, comments included, is opened again. @default 45_000 */
  readonly silenceMs?: number | undefined
}

type JudgeResponse = (response: Response) => Verdict | Promise<Verdict>

/** Follows the events of a server from one tab, which takes turns with the others. */
export type FollowServerEvents = (
  deps: ServerEventsDeps & {
    readonly judgeResponse: JudgeResponse
    readonly authFetch: (judge: JudgeResponse) => AuthFetch
  },
) => Dispose

/** A stream of events for the option `events`. Create it with {@link serverEvents}; what it holds is not part of the API. */
export interface ServerEvents {
  readonly [opaque]?: 'server-events'
}

/** What {@link ServerEvents} holds. */
export interface ServerEventsFeature extends ServerEvents {
  readonly feature: 'events'
  /** Throws a `TypeError` if the stream is at an origin that does not get the token. */
  readonly prepare: (resolveTarget: ResolveTarget) => FollowServerEvents
}

/**
 * Receives server-sent events (HTML standard §9.2) for all tabs of a session. While a user is signed in, the tab that
 * holds the lock keeps one connection, by `authFetch`. If that tab goes away, another one continues after the last event.
 * Events that do not concern the session are emitted in all tabs as `server-event`.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function serverEvents(url: string, options: ServerEventsOptions = {}): ServerEvents {
  if (typeof url !== 'string' || url === '')
    throw misuse('url', "the URL of an event stream, such as '/auth/events'", url)
  const { judgeEvent = judgeByType, silenceMs = 45_000 } = ownOptions(options)
  if (typeof judgeEvent !== 'function') throw misuse('judgeEvent', 'a function', judgeEvent)
  if (typeof silenceMs !== 'number' || !(silenceMs > 0))
    throw misuse('silenceMs', 'milliseconds, more than 0', silenceMs)

  const stream: ServerEventsFeature = {
    feature: 'events',
    prepare(resolveTarget) {
      const href = resolveTarget(url)
      if (href === null)
        throw misuse('events', 'at an origin that gets the token (see "origins")', url)
      return ({ judgeResponse, authFetch, ...deps }) => {
        // The application's judge may read the body, and the body of a stream does not end.
        const fetch = authFetch((response) =>
          isEventStream(response) ? 'ok' : judgeResponse(response),
        )
        return followServerEvents(deps, { url: href, judgeEvent, silenceMs, fetch })
      }
    },
  }
  return stream
}

function judgeByType({ type }: ServerEvent): ServerEventVerdict {
  return type === 'revoked' ? 'ended' : type === 'renew' ? 'renew' : 'ok'
}
