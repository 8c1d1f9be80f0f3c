import type { Tab } from '../core/session/tab.ts'
import type { Time } from '../core/time/time.ts'
import type { Channel } from '../ports.ts'
import type { ServerEvent } from '../session-state.ts'
import type { Block } from './event-parser.ts'

// A message of the previous owner may arrive after the next owner, which has not seen it, opened its stream.
const RECENT_MS = 10_000

// A block is a part of the stream, with its number in the connection that brought it. A tab that joins asks where the
// stream is. The tab that has it answers, and those that have heard of it, since the tab that had it may just have been
// reloaded. Each message belongs to one session, and tabs of another one ignore it.
type Content =
  | {
      readonly type: 'block'
      readonly block: Block
      readonly connection: string
      readonly number: number
    }
  | { readonly type: 'where' }
  | { readonly type: 'at'; readonly lastEventId: string; readonly isHearsay: boolean }
  | { readonly type: 'over' }
type Message = Content & { readonly session: string }

/** A connection of this tab. */
export interface RelayedConnection {
  /** Emits in all tabs what it has brought. */
  tell(block: Block): void
  close(): void
}

/** Passes the events of the stream on to all tabs. */
export interface EventRelay {
  /** The last event id of this session's stream, as far as this tab knows; '' at its beginning. */
  readonly lastEventId: string
  /** The server wants no stream in this session. */
  readonly isOver: boolean
  /** Asks the other tabs for the last event id. Resolves when one of them has answered. */
  ask(): Promise<void>
  /** This tab has the stream from now on; what its connection brings is passed on to the other tabs. */
  open(): RelayedConnection
  /** The server wants no stream in this session. */
  end(): void
  /** From now on this tab neither receives nor sends. */
  leave(): void
}

/** Creates the relay of one tab. Without a channel, each tab emits only what its own connection brings. */
export function createEventRelay(deps: {
  readonly time: Pick<Time, 'uptime'>
  readonly tab: Tab
  readonly randomId: () => string
  /** Looks at the record: a session that this tab does not know of may have begun. */
  readonly look: () => Promise<void>
  readonly openChannel: (onMessage: (message: unknown) => void) => Channel | null
  readonly tell: (event: ServerEvent) => void
  /** Something has changed that may let this tab connect, or stop it from connecting. */
  readonly onChange: () => void
}): EventRelay {
  const { time, tab, randomId, look, openChannel, tell, onChange } = deps
  let at = { session: '', lastEventId: '', isOver: false }
  /** The connection of this tab, if it has one. */
  let here: string | undefined
  let hearing: Promise<void> = Promise.resolve()
  let onAnswer = (): void => undefined
  /** What was emitted recently, by number and by id, and which connection brought it. */
  const recent = new Map<string, { readonly connection: string; readonly seenAt: number }>()

  let channel = openChannel((message) => {
    // In order, although the first one may need a look at the record. Messages of another version are ignored.
    hearing = hearing.then(() => hear((message ?? {}) as Message)).catch(() => undefined)
  })

  /** Where the stream is. That of a new session starts at its beginning. */
  function place(): typeof at {
    const session = tab.record?.session ?? ''
    if (session !== at.session) {
      at = { session, lastEventId: '', isOver: false }
      recent.clear()
    }
    return at
  }

  async function hear(message: Message): Promise<void> {
    if (message.session !== tab.record?.session) await look()
    if (message.session !== tab.record?.session) return
    switch (message.type) {
      case 'block':
        return take(message.block, message.connection, message.number)
      case 'where': {
        const { lastEventId } = place()
        if (here || lastEventId) post({ type: 'at', lastEventId, isHearsay: !here })
        return
      }
      case 'at':
        if (!here && !(message.isHearsay && place().lastEventId))
          place().lastEventId = message.lastEventId
        return onAnswer()
      case 'over':
        place().isOver = true
        return onChange()
    }
  }

  function take({ id, event }: Block, connection: string, number: number, isOwn = false): void {
    const now = place()
    const isNew = isNews(id, connection, number)
    // The owner's last event id wins; late messages never rewind it.
    if (id !== undefined && (isOwn || (isNew && !here))) now.lastEventId = id
    if (isNew && event) tell({ ...event, id: id || null })
  }

  function isNews(id: string | undefined, connection: string, number: number): boolean {
    const now = time.uptime()
    for (const [key, { seenAt }] of recent) if (now - seenAt > RECENT_MS) recent.delete(key)
    const seen = { connection, seenAt: now }
    const numbered = `${connection} ${number}`
    if (recent.has(numbered)) return false
    recent.set(numbered, seen)
    if (!id) return true
    // The same id twice in one connection is two events of the server; in two connections it is the same event.
    const before = recent.get(`id ${id}`)
    recent.set(`id ${id}`, seen)
    return !before || before.connection === connection
  }

  function post(content: Content): void {
    channel?.post({ ...content, session: place().session })
  }

  return {
    get lastEventId() {
      return place().lastEventId
    },
    get isOver() {
      return place().isOver
    },
    ask() {
      post({ type: 'where' })
      return new Promise((resolve) => (onAnswer = resolve))
    },
    open() {
      const connection = randomId()
      let number = 0
      here = connection
      return {
        tell(block) {
          take(block, connection, ++number, true)
          post({ type: 'block', block, connection, number })
        },
        close() {
          if (here === connection) here = undefined
        },
      }
    },
    end() {
      place().isOver = true
      post({ type: 'over' })
    },
    leave() {
      channel?.close()
      channel = null
    },
  }
}
