import { expect, test } from 'vitest'
import { createEventQueue } from '../../../../src/core/notify/event-queue.ts'
import { createSubscribe } from '../../../../src/core/notify/subscribe.ts'
import { RESTORING, type SessionState } from '../../../../src/session-state.ts'
import { settle } from '../../../support/settle.ts'

const A: SessionState = { ...RESTORING, status: 'logged-out' }
const B: SessionState = { ...A }
const C: SessionState = { ...A }

/** The states that a subscriber finds, who came while the state was `A`, when it has gone through `states`. */
async function found(states: readonly SessionState[], isAtOnce: boolean): Promise<SessionState[]> {
  const tab = { state: A }
  const events = createEventQueue<{ change: undefined }>(() => undefined)
  const heard: SessionState[] = []
  const unsubscribe = createSubscribe(tab, events)(() => heard.push(tab.state))
  for (const state of states) {
    tab.state = state
    events.emit('change', undefined)
    if (!isAtOnce) await settle()
  }
  await settle()
  unsubscribe()
  tab.state = A
  events.emit('change', undefined)
  await settle()
  return heard
}

test.each([
  ['that did not happen', [A], false, []],
  ['one by one', [B, C, A], false, [B, C, A]],
  ['that is told twice', [B, B], false, [B]],
  ['several at once', [B, C], true, [C]],
  ['that is taken back at once', [B, A], true, []],
])('a subscriber to changes of state, %s', async (_, states, isAtOnce, expected) => {
  const heard = await found(states, isAtOnce)
  expect(heard).toHaveLength(expected.length)
  for (const [index, state] of expected.entries()) expect(heard[index]).toBe(state)
})

test('two subscribers each hear of a change that came after they subscribed', async () => {
  const tab = { state: A }
  const events = createEventQueue<{ change: undefined }>(() => undefined)
  const subscribe = createSubscribe(tab, events)
  const heard: string[] = []
  subscribe(() => heard.push('first'))
  tab.state = B
  events.emit('change', undefined)
  subscribe(() => heard.push('second'))
  await settle()
  expect(heard).toEqual(['first'])
  tab.state = C
  events.emit('change', undefined)
  await settle()
  expect(heard).toEqual(['first', 'first', 'second'])
})
