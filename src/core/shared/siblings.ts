import type { Channel } from '../../ports.ts'
import { parseRecord } from '../record/parse-record.ts'
import { withoutTokens, type SessionRecord } from '../record/record.ts'
import type { Tab } from '../session/tab.ts'
import type { Tokens } from '../../tokens.ts'

// `hint`: the record has changed, and to what, so that a tab that knows it need not look. `over`: the session has ended; it
// is sent before the record says so, so that no tab goes on while the browser writes. `question`: wants the access token of
// a session, newer than a generation. `handoff`: answers it, with all that is known about that token. That is the only way
// in which a token travels between tabs, and a refresh token never does (H1).
type Message =
  | { readonly type: 'hint'; readonly record?: unknown }
  | { readonly type: 'over'; readonly record: unknown }
  | { readonly type: 'question'; readonly session: string; readonly newerThan: number }
  | ({ readonly type: 'handoff' } & Handoff)

/** The tokens of one generation of a session, without the refresh token. */
export type Handoff = Generation & Tokens

type Generation = Pick<SessionRecord, 'session' | 'generation'>

/** What other tabs say. Only an end is believed at once; for the rest, the tab looks at the record. */
export interface SiblingNews {
  /** The record has changed: to what, if the other tab said so. */
  readonly onHint: (record: SessionRecord | null) => void
  /** A session is over. */
  readonly onOver: (record: SessionRecord) => void
  /** The tokens of a generation. */
  readonly onHandoff: (handoff: Handoff) => void
}

/** The other tabs of this session. */
export interface Siblings {
  /** There is no channel, so no other tab can be heard. */
  readonly isAlone: boolean
  /** Says that the record has changed to this. */
  hint(record: SessionRecord | null): void
  /** Makes the other tabs look at the record: the timers of hidden tabs may be late. */
  wake(): void
  /** Says that a session is over, before the record does. */
  over(record: SessionRecord): void
  /** Asks for an access token; the answer comes as a handoff. */
  ask(session: string, newerThan: number): void
  /** Answers the tabs that asked for a token which this tab has only just got. */
  answer(of: Generation, tokens: Tokens): void
  /** Hears the other tabs from now on. */
  listen(news: SiblingNews): void
  close(): void
}

/** Opens the channel to the other tabs, and answers their questions. */
export function openSiblings(
  tab: Pick<Tab, 'heldPast'>,
  open: (onMessage: (message: unknown) => void) => Channel | null,
): Siblings {
  let news: SiblingNews | undefined
  /** The session of which another tab has asked for a token that this tab does not have yet. */
  let asked: string | null = null

  const channel = open((received) => {
    // Other code or another version may post other things under this name.
    const message = (received ?? {}) as Message
    switch (message.type) {
      case 'hint':
        return news?.onHint(parseRecord(message.record))
      case 'over': {
        const record = parseRecord(message.record)
        if (record?.status === 'logged-out') news?.onOver(withoutTokens(record))
        return
      }
      case 'question':
        return reply(message.session, message.newerThan)
      case 'handoff':
        if (typeof (message.accessToken ?? '') === 'string') news?.onHandoff(message)
    }
  })

  function reply(session: string, newerThan: number): void {
    const held = tab.heldPast(session, newerThan)
    if (held) handOver(held, held.tokens)
    else asked = session
  }

  function handOver({ session, generation }: Generation, tokens: Tokens): void {
    post({ ...tokens, refreshToken: undefined, type: 'handoff', session, generation })
  }

  function post(message: Message): void {
    channel?.post(message)
  }

  return {
    isAlone: channel === null,
    hint: (record) => post({ type: 'hint', record: record && withoutTokens(record) }),
    wake: () => post({ type: 'hint' }),
    over: (record) => post({ type: 'over', record: withoutTokens(record) }),
    ask: (session, newerThan) => post({ type: 'question', session, newerThan }),
    answer(of, tokens) {
      if (asked !== of.session) return
      asked = null
      handOver(of, tokens)
    },
    listen(listener) {
      news = listener
    },
    close: () => channel?.close(),
  }
}
