import { expect, test } from 'vitest'
import { createEventQueue, type EventQueue } from '../../../../src/core/notify/event-queue.ts'
import { settle } from '../../../support/settle.ts'

interface Events {
  readonly one: number
  readonly two: number
}

interface Setup {
  readonly queue: EventQueue<Events>
  readonly heard: string[]
  readonly reported: unknown[]
  readonly hear: (name: string) => (payload: number) => void
}

function setUp(): Setup {
  const heard: string[] = []
  const reported: unknown[] = []
  const hear =
    (name: string) =>
    (payload: number): void =>
      void heard.push(`${name} ${payload}`)
  return { queue: createEventQueue((error) => reported.push(error)), heard, reported, hear }
}

test('each event is delivered later, in the order of emission, to the listeners of its name', async () => {
  const { queue, heard, hear } = setUp()
  queue.on('one', hear('one'))
  queue.on('two', hear('two'))
  queue.emit('two', 1)
  queue.emit('one', 2)
  queue.emit('two', 3)
  expect(heard).toEqual([])
  await settle()
  expect(heard).toEqual(['two 1', 'one 2', 'two 3'])
})

test('an event that a listener emits is delivered after those that were emitted before', async () => {
  const { queue, heard, hear } = setUp()
  queue.on('one', (payload) => {
    if (payload < 3) queue.emit('one', payload + 2)
  })
  queue.on('one', hear('one'))
  queue.emit('one', 1)
  queue.emit('one', 2)
  await settle()
  expect(heard).toEqual(['one 1', 'one 2', 'one 3', 'one 4'])
})

test('a function that is registered twice is called twice, and once after one of the two is removed', async () => {
  const { queue, heard, hear } = setUp()
  const listener = hear('same')
  queue.on('one', listener)
  const leave = queue.on('one', listener)
  queue.emit('one', 1)
  await settle()
  leave()
  leave()
  queue.emit('one', 2)
  await settle()
  expect(heard).toEqual(['same 1', 'same 1', 'same 2'])
})

test('a listener that another one removes is not called with the same event, and one that it adds is not either', async () => {
  const { queue, heard, hear } = setUp()
  queue.on('one', () => {
    leave()
    queue.on('one', hear('added'))
  })
  const leave = queue.on('one', hear('removed'))
  queue.on('one', hear('last'))
  queue.emit('one', 1)
  await settle()
  expect(heard).toEqual(['last 1'])
})

test('an error that a listener throws is reported, and the other listeners are called', async () => {
  const { queue, heard, reported, hear } = setUp()
  const mine = new Error('mine')
  queue.on('one', () => {
    throw mine
  })
  queue.on('one', hear('other'))
  queue.emit('one', 1)
  await settle()
  expect(reported).toEqual([mine])
  expect(heard).toEqual(['other 1'])
})

test.each([
  ['is done', true],
  ['has failed', false],
])(
  'events wait for the work that was under way when they were emitted, until it %s',
  async (_, ok) => {
    const { queue, heard, hear } = setUp()
    const work = Promise.withResolvers<undefined>()
    queue.on('one', hear('one'))
    queue.emit('one', 1)
    queue.after(work.promise)
    queue.emit('one', 2)
    await settle()
    expect(heard).toEqual(['one 1'])
    if (ok) work.resolve(undefined)
    else work.reject(new Error('mine'))
    await settle()
    expect(heard).toEqual(['one 1', 'one 2'])
  },
)

test('events wait for all the work that was under way when they were emitted', async () => {
  const { queue, heard, hear } = setUp()
  const works = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  queue.on('one', hear('one'))
  for (const { promise } of works) queue.after(promise)
  queue.emit('one', 1)
  works[1]?.resolve(undefined)
  await settle()
  expect(heard).toEqual([])
  works[0]?.resolve(undefined)
  await settle()
  expect(heard).toEqual(['one 1'])
})

test('a queue that is closed calls no listener any more, but still calls the first one', async () => {
  const heard: unknown[] = []
  const queue = createEventQueue<Events>(
    () => undefined,
    (event, payload) => heard.push(['first', event, payload]),
  )
  const listen = (name: string) => queue.on('one', (payload) => heard.push([name, 'one', payload]))
  listen('early')
  queue.emit('one', 1)
  await settle()
  queue.emit('one', 2)
  queue.close()
  listen('late')
  queue.emit('two', 3)
  await settle()
  expect(heard).toEqual([
    ['first', 'one', 1],
    ['early', 'one', 1],
    ['first', 'one', 2],
    ['first', 'two', 3],
  ])
})

test('a queue without a first listener is silent once it is closed', async () => {
  const { queue, heard, reported, hear } = setUp()
  queue.on('one', hear('one'))
  queue.close()
  queue.emit('one', 1)
  await settle()
  expect([heard, reported]).toEqual([[], []])
})
