import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKit, drawKey, type Answer, type Sent } from './kit.ts'

/** What may happen to an honest client. */
type Mishap =
  | { readonly what: 'refresh' }
  /** The answer is lost on its way. */
  | { readonly what: 'lose' }
  /** The browser has the answer with its cookie, and the tab is gone before it has written anything down. */
  | { readonly what: 'die' }
  /** The request, or a copy of it, arrives later, with the cookies of now. */
  | { readonly what: 'delay' }
  | { readonly what: 'arrive' }
  | { readonly what: 'wait'; readonly seconds: number }
  /** Two tabs that share what is written down ask at the same moment. */
  | { readonly what: 'race' }

/** A story is over within a minute and sixteen rotations: for so long the kit remembers keys. */
const mishaps = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({
        what: fc.constantFrom(
          'refresh',
          'refresh',
          'refresh',
          'race',
          'lose',
          'die',
          'delay',
          'arrive',
        ),
      }),
      weight: 8,
    },
    {
      arbitrary: fc.record({ what: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 3 }) }),
      weight: 1,
    },
  ),
  { minLength: 8, maxLength: 16 },
) as fc.Arbitrary<Mishap[]>

describe.each(['body', 'cookie'] as const)('with the token in the %s', (delivery) => {
  test('no mishap makes an honest client look like a thief, or lose its session', async () => {
    await fc.assert(
      fc.asyncProperty(mishaps, async (story) => {
        const kit = createKit()
        const browser = kit.openBrowser()
        const begun = await browser.signIn({ delivery })
        const sid = String(begun.body['sid'])
        let record = { token: begun.token, seq: 1, key: drawKey() }
        let delayed: (() => Promise<Answer>)[] = []

        const request = (): (() => Promise<Answer>) => {
          const { token, seq, key } = record
          const sent: Sent = { key, body: { sid, seq } }
          return delivery === 'body' ? () => kit.refresh(token, sent) : () => browser.refresh(sent)
        }
        const take = ({ status, token, body }: Answer) => {
          if (status === 200) record = { token, seq: Number(body['seq']), key: drawKey() }
        }

        for (const { what, ...more } of story) {
          const send = request()
          if (what === 'refresh') take(await send())
          else if (what === 'race') {
            const [first, second] = await Promise.all([send(), send()])
            expect(first.body['seq']).toBe(second.body['seq'])
            take(second)
          } else if (what === 'lose' || what === 'die') {
            const before = [...browser.cookies]
            expect((await send()).status).toBe(200)
            if (what === 'lose') browser.cookies.splice(0, browser.cookies.length, ...before)
          } else if (what === 'delay') delayed.push(send)
          else if (what === 'wait') kit.advance((more as { seconds: number }).seconds)
          else for (const late of delayed) expect([200, 409]).toContain((await late()).status)
          if (what === 'arrive') delayed = []
        }
        const last = await request()()
        expect(last.status).toBe(200)
        expect(kit.audited.filter(({ event }) => event === 'ended')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
