import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  drawKey,
  logIn,
  MODES,
  refresh,
  type Refreshed,
  type Session,
  type Token,
} from './clients.ts'
import { onEachDatabase, type TestServer } from './harness.ts'

/**
 * What can befall a browser of several tabs that refresh without a lock: requests and answers overtake each other, get
 * lost, or arrive when their tab is gone and only the cookie jar takes notice.
 */
type What = 'send' | 'serve' | 'deliver' | 'lose' | 'close tab'
const OFTEN: readonly What[] = ['send', 'serve', 'deliver']
const event = fc.record({
  what: fc.constantFrom(...OFTEN, ...OFTEN, 'lose', 'close tab'),
  which: fc.nat(),
})

onEachDatabase((start) => {
  test.each(MODES)(
    'no schedule of losses, delays and crashes costs an honest client its session (%s)',
    async (mode) => {
      const server = await start({ graceS: 0 })
      await fc.assert(
        fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40 }), async (events) => {
          const browser = createBrowser(server, await logIn(server, mode))
          for (const { what, which } of events) await browser.happen(what, which)
          expect(await browser.refreshInPeace()).toBe(200)
        }),
        { numRuns: 25 },
      )
    },
  )

  test('such schedules reach the rows that forgive', async () => {
    const server = await start({ graceS: 0 })
    const browser = createBrowser(server, await logIn(server, 'cookie'))
    const script: readonly [What, number][] = [
      ['send', LATE],
      ['send', LATE],
      ['send', LATE],
      ['send', LATE],
      ['serve', 0],
      ['serve', 0],
      ['deliver', 0],
      ['serve', 0],
      ['send', LATE],
      ['serve', 1],
      ['deliver', 2],
      ['serve', 0],
    ]
    for (const [what, which] of script) await browser.happen(what, which)
    expect(server.rows()).toEqual(['S2', 'S4', 'S3', 'S2', 'S5'])
  })
})

/** An odd number: a request whose cookies are read when it is served, not when it is sent. */
const LATE = 1

interface Message {
  readonly generation: number
  readonly seq: number
  readonly key: string
  /** The tokens it carries, the newest last; `undefined` until it leaves. */
  shown: readonly Token[] | undefined
  tabIsOpen: boolean
  answer?: Refreshed
}

function createBrowser(server: TestServer, { mode, ...first }: Session) {
  const jar = new Map<number, Token>([[first.seq, first]])
  let record = { generation: 1, token: first as Token, key: drawKey(), lastKey: '' }
  let underway: Message[] = []

  function send(which: number, { seq, key } = { seq: record.token.seq, key: record.key }): Message {
    const shown = mode === 'body' ? [record.token] : which % 2 === LATE ? undefined : cookies()
    const message = { generation: record.generation, seq, key, shown, tabIsOpen: true }
    underway.push(message)
    return message
  }

  function cookies(): Token[] {
    return [...jar.values()].sort((a, b) => a.seq - b.seq)
  }

  async function serve(message: Message): Promise<void> {
    const { seq, key, shown = cookies() } = message
    const newest = shown.at(-1)
    if (newest === undefined) throw new Error('The cookie jar is empty.')
    message.answer = await refresh(server, mode, newest, {
      seq,
      key,
      alsoShown: shown.slice(0, -1),
    })
  }

  /** Returns the second try that a superseded tab makes with its last key. */
  function deliver({ answer, generation, seq, key, tabIsOpen }: Message): Message | undefined {
    if (answer === undefined) return undefined
    expect(answer.status, JSON.stringify(answer.body)).not.toBe(401)
    for (const { name, value } of answer.setCookies) {
      const cookieSeq = Number(name.split('-').at(-1))
      if (value === '') jar.delete(cookieSeq)
      else jar.set(cookieSeq, { sid: first.sid, seq: cookieSeq, token: value })
    }
    if (!tabIsOpen || record.generation !== generation) return undefined
    const { seq: answered = seq } = answer.body
    if (answer.status === 200) {
      const token = answer.token ?? jar.get(answered)
      if (token === undefined)
        throw new Error('The answer brought no token, and there is no cookie.')
      record = { generation: generation + 1, token, key: drawKey(), lastKey: key }
      return undefined
    }
    return answered < seq ? send(LATE, { seq: answered, key: record.lastKey }) : undefined
  }

  return {
    async happen(what: What, which: number): Promise<void> {
      if (what === 'send') {
        send(which)
        return
      }
      const candidates = underway.filter(({ answer }) =>
        what === 'serve' ? answer === undefined : what !== 'deliver' || answer !== undefined,
      )
      const message = candidates[which % candidates.length]
      if (message === undefined) return
      if (what === 'serve') {
        await serve(message)
        return
      }
      if (what === 'close tab') {
        message.tabIsOpen = false
        return
      }
      underway = underway.filter((other) => other !== message)
      if (what === 'deliver') deliver(message)
    },

    /** One refresh without any mishap, and a second try if it was superseded. */
    async refreshInPeace(): Promise<number | undefined> {
      const message = send(LATE)
      await serve(message)
      const secondTry = deliver(message)
      if (secondTry) await serve(secondTry)
      return (secondTry ?? message).answer?.status
    },
  }
}
