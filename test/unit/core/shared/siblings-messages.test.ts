import { describe, expect, test } from 'vitest'
import { withoutTokens, type SessionRecord } from '../../../../src/core/record/record.ts'
import { openSiblings, type Siblings } from '../../../../src/core/shared/siblings.ts'
import type { Tokens } from '../../../../src/tokens.ts'
import { sampleTab } from '../session/sample-tab.ts'
import { sampleRecord } from '../record/sample.ts'

const record = sampleRecord()
const tombstone = { sid: 'sid', everywhere: false, sealed: 'sealed 1' }
const over: SessionRecord = { ...record, status: 'logged-out', tombstone }
const secrets: Tokens = { accessToken: 'access', refreshToken: 'refresh', sequence: 3 }
const handoff = { type: 'handoff', session: 'S', generation: 1, accessToken: 'access' }

interface Setup {
  readonly siblings: Siblings
  readonly posted: unknown[]
  readonly heard: unknown[]
  readonly hear: (message: unknown) => void
}

/** A tab that holds the tokens of a generation, if it has any. */
function setUp(held?: Tokens): Setup {
  const { tab } = sampleTab()
  if (held) tab.observe(record, 'this-tab', held)
  const posted: unknown[] = []
  const heard: unknown[] = []
  let hear: (message: unknown) => void = () => undefined
  const siblings = openSiblings(tab, (onMessage) => {
    hear = onMessage
    return { post: (message) => posted.push(message), close: () => posted.push('closed') }
  })
  siblings.listen({
    onHint: (told) => heard.push(['hint', told]),
    onOver: (told) => heard.push(['over', told]),
    onHandoff: (told) => heard.push(['handoff', told]),
  })
  return { siblings, posted, heard, hear }
}

describe('a message from another tab', () => {
  test.each<readonly [string, unknown, readonly unknown[]]>([
    ['that is nothing', undefined, []],
    ['that is null', null, []],
    ['that is text', 'hint', []],
    ['of no type', {}, []],
    ['of a type of a later version', { type: 'question-2', session: 'S' }, []],
    ['that makes it look', { type: 'hint' }, [['hint', null]]],
    ['with a record that is none', { type: 'hint', record: { v: 2 } }, [['hint', null]]],
    ['with a record', { type: 'hint', record }, [['hint', record]]],
    ['of an end', { type: 'over', record: over }, [['over', withoutTokens(over)]]],
    ['of an end that is none', { type: 'over', record }, []],
    ['of an end without a record', { type: 'over' }, []],
    ['with a token', handoff, [['handoff', handoff]]],
    [
      'with a token that script cannot read',
      { ...handoff, accessToken: null },
      [['handoff', { ...handoff, accessToken: null }]],
    ],
    ['with a token that is none', { ...handoff, accessToken: 7 }, []],
  ])('%s', (_, message, expected) => {
    const { heard, hear } = setUp()
    hear(message)
    expect(heard).toEqual(expected)
  })

  test.each([{ type: 'hint' }, { type: 'over', record: over }, handoff])(
    'that comes before the tab listens is lost: $type',
    (message) => {
      let hear: (message: unknown) => void = () => undefined
      openSiblings(sampleTab().tab, (onMessage) => {
        hear = onMessage
        return null
      })
      expect(() => hear(message)).not.toThrow()
    },
  )
})

describe('a tab that is asked for a token', () => {
  const ask = { type: 'question', session: 'S', newerThan: 0 }

  test('hands over what it holds, without the refresh token', () => {
    const { posted, hear } = setUp(secrets)
    hear(ask)
    expect(posted).toEqual([{ ...handoff, refreshToken: undefined, sequence: 3 }])
  })

  test.each([
    ['it has none', undefined, ask],
    ['it has an older one', secrets, { ...ask, newerThan: 1 }],
  ])('answers later if %s: once, as soon as it has one of that session', (_, held, question) => {
    const { siblings, posted, hear } = setUp(held)
    hear(question)
    expect(posted).toEqual([])
    siblings.answer({ session: 'T', generation: 2 }, secrets)
    expect(posted).toEqual([])
    siblings.answer({ session: 'S', generation: 2 }, secrets)
    siblings.answer({ session: 'S', generation: 3 }, secrets)
    expect(posted).toMatchObject([{ type: 'handoff', session: 'S', generation: 2 }])
    expect(JSON.stringify(posted)).not.toContain('refresh')
  })

  test('of which no tab has asked, is not told of a token', () => {
    const { siblings, posted } = setUp()
    siblings.answer({ session: 'S', generation: 1 }, secrets)
    expect(posted).toEqual([])
  })
})

test.each<readonly [string, (siblings: Siblings) => void, unknown]>([
  ['a change', ({ hint }) => hint(over), { type: 'hint', record: withoutTokens(over) }],
  ['storage that is empty', ({ hint }) => hint(null), { type: 'hint', record: null }],
  ['time that may have passed', ({ wake }) => wake(), { type: 'hint' }],
  ['an end', (siblings) => siblings.over(over), { type: 'over', record: withoutTokens(over) }],
  [
    'a token that is wanted',
    (siblings) => siblings.ask('S', 4),
    { type: 'question', session: 'S', newerThan: 4 },
  ],
  ['nothing, when it closes', ({ close }) => close(), 'closed'],
])('the other tabs are told of %s, and never of a refresh token', (_, tell, expected) => {
  const { siblings, posted } = setUp()
  expect(siblings.isAlone).toBe(false)
  tell(siblings)
  expect(posted).toEqual([expected])
})

test('a tab without a channel is alone, and tells nothing', () => {
  const siblings = openSiblings(sampleTab().tab, () => null)
  expect(siblings.isAlone).toBe(true)
  expect(() => {
    siblings.wake()
    siblings.close()
  }).not.toThrow()
})
