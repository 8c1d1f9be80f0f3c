import type { Channel } from '../../ports.ts'
import { parseRecord, withoutTokens, type SessionRecord } from '../record/record.ts'
import type { Tab } from '../session/tab.ts'

// A hint says that the record has changed. The end of a session does not wait for that: it travels by itself, so that
// no tab goes on while the browser writes. A question asks for the access token of a session, newer than a generation;
// a handoff is the answer, and the only way in which a token travels: the refresh token never does (H1).
type Message =
  | { readonly type: 'hint' }
  | { readonly type: 'over'; readonly record: unknown }
  | { readonly type: 'question'; readonly session: string; readonly newerThan: number }
  | {
      readonly type: 'handoff'
      readonly session: string
      readonly generation: number
      readonly accessToken: string | null
    }

/** The other tabs of this session. But for the end of one, whatever they say is looked up in the record before it is believed. */
export interface Siblings {
  /** There is no channel, so nobody can be heard. */
  readonly isAlone: boolean
  /** Tells that the record has changed. */
  hint(): void
  /** Tells that a session is over, before the record says so. */
  over(record: SessionRecord): void
  /** Asks for an access token; an answer arrives through `onHandoff`. */
  ask(session: string, newerThan: number): void
  /** Answers whoever has asked for what this tab has only just got. */
  answer(record: SessionRecord, accessToken: string | null): void
  close(): void
}

/** Joins the siblings. Without a channel there are none to hear. */
export function joinSiblings(deps: {
  readonly tab: Tab
  readonly open: (onMessage: (message: unknown) => void) => Channel | null
  readonly onHint: () => void
  readonly onOver: (record: SessionRecord) => void
  readonly onHandoff: (session: string, generation: number, accessToken: string | null) => void
}): Siblings {
  const { tab, open, onHint, onOver, onHandoff } = deps
  /** The session whose next token somebody has asked for while it was not here yet. */
  let asked: string | null = null

  const channel = open((received) => {
    // Whatever else may be posted on this name, by other code or another version, is not for us.
    const message = (received ?? {}) as Message
    switch (message.type) {
      case 'hint':
        return onHint()
      case 'over': {
        const record = parseRecord(message.record)
        if (record?.status === 'logged-out') onOver(record)
        return
      }
      case 'question':
        return hear(message.session, message.newerThan)
      case 'handoff':
        return onHandoff(message.session, message.generation, message.accessToken)
    }
  })

  function hear(session: string, newerThan: number): void {
    const { held } = tab
    if (held?.session === session && held.generation > newerThan) {
      post({
        type: 'handoff',
        session,
        generation: held.generation,
        accessToken: held.tokens.accessToken,
      })
    } else {
      asked = session
    }
  }

  function post(message: Message): void {
    channel?.post(message)
  }

  return {
    isAlone: channel === null,
    hint: () => post({ type: 'hint' }),
    over: (record) => post({ type: 'over', record: withoutTokens(record) }),
    ask: (session, newerThan) => post({ type: 'question', session, newerThan }),
    answer({ session, generation }, accessToken) {
      if (asked !== session) return
      asked = null
      post({ type: 'handoff', session, generation, accessToken })
    },
    close: () => channel?.close(),
  }
}
