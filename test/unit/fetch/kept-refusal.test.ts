import { describe, expect, test } from 'vitest'
import { keepRefusal, readInTime } from '../../../src/fetch/kept-refusal.ts'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

// What its caller sees of it through a session is in `handed-on.test.ts`.

/** A body that gives these chunks, and then ends, breaks off or goes on. */
function source(chunks: readonly (string | number)[], then: 'ends' | 'breaks off' | 'goes on') {
  const left = chunks.map((chunk) =>
    typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk),
  )
  const cancelled: unknown[] = []
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const chunk = left.shift()
        if (chunk) controller.enqueue(chunk)
        else if (then === 'ends') controller.close()
        else if (then === 'breaks off') controller.error(new TypeError('broken'))
      },
      cancel: (reason) => void cancelled.push(reason),
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  )
  return { body, cancelled }
}

const refusalOf = (body: BodyInit | null): Response =>
  new Response(body, { status: 401, statusText: 'No', headers: { 'x-id': 'abc' } })

const alive = (): AbortSignal => new AbortController().signal

/** Every chunk of a body as text, and what it fails with. */
async function chunksOf(answer: Response): Promise<readonly unknown[]> {
  const chunks: unknown[] = []
  try {
    for await (const chunk of answer.body ?? []) chunks.push(new TextDecoder().decode(chunk))
  } catch (error) {
    chunks.push(error)
  }
  return chunks
}

describe('after the end of the session, the caller gets', () => {
  test.each([
    ['the whole body', ['no', 'body'], 'ends', ['no', 'body']],
    ['an empty body', [], 'ends', []],
    ['what came before the body broke off', ['no'], 'breaks off', ['no', 'ended']],
    ['an error alone if nothing came', [], 'breaks off', ['ended']],
  ] as const)('%s', async (_, chunks, then, expected) => {
    const session = new AbortController()
    const refusal = keepRefusal(refusalOf(source(chunks, then).body), session.signal, undefined)
    await refusal.read
    session.abort('ended')
    expect(await chunksOf(refusal.handOver())).toEqual(expected)
  })

  test('the status, the headers and the words of the refusal', async () => {
    const refusal = keepRefusal(refusalOf('x'), AbortSignal.abort('ended'), undefined)
    await refusal.read
    const { status, statusText, headers } = refusal.handOver()
    expect([status, statusText, headers.get('x-id')]).toEqual([401, 'No', 'abc'])
  })

  test.each([
    ['a refusal that has no body', () => Promise.resolve(refusalOf(null))],
    ['a refusal that was read before', async () => await consumed(refusalOf('x'))],
  ])('no body of %s', async (_, make) => {
    const refusal = keepRefusal(await make(), AbortSignal.abort('ended'), undefined)
    await refusal.read
    expect(refusal.handOver()).toMatchObject({ status: 401, body: null })
  })

  test('an opaque answer as it is: none can be made like it', () => {
    const opaque = Response.error()
    expect(keepRefusal(opaque, AbortSignal.abort('ended'), null).handOver()).toBe(opaque)
  })
})

test('while the session lives on, the caller gets the very object that fetch gave, unread', async () => {
  const answer = refusalOf(source(['no', 'body'], 'ends').body)
  const refusal = keepRefusal(answer, alive(), alive())
  await refusal.read
  expect(refusal.handOver()).toBe(answer)
  expect(await chunksOf(answer)).toEqual(['no', 'body'])
})

test.each([
  ['one chunk that is larger', [65_537], 1],
  ['chunks that come to it exactly', [32_768, 32_768], 2],
  ['chunks of which the last passes it', [32_768, 32_767, 9], 3],
])('of a refusal, no more than 64 kB are kept: %s', async (_, sizes, kept) => {
  const session = new AbortController()
  const { body } = source([...sizes, 1, 1, 1], 'ends')
  const refusal = keepRefusal(refusalOf(body), session.signal, undefined)
  await refusal.read
  session.abort('ended')
  const chunks = await chunksOf(refusal.handOver())
  expect(chunks.map((chunk) => (chunk as string).length)).toEqual([...sizes.slice(0, kept), 5])
  expect(chunks.at(-1)).toBe('ended')
})

describe('the connection of a refusal', () => {
  test('ends when its caller gets another answer', () => {
    const { body, cancelled } = source(['no'], 'goes on')
    keepRefusal(refusalOf(body), alive(), undefined).drop()
    expect(cancelled).toHaveLength(1)
  })

  test('ends when the caller who gets the refusal cancels it', async () => {
    const { body, cancelled } = source(['no'], 'goes on')
    await keepRefusal(refusalOf(body), alive(), undefined).handOver().body?.cancel()
    expect(cancelled).toHaveLength(1)
  })
})

test.each([
  ['that has arrived does not wait', 'ends', 0],
  ['that breaks off does not wait', 'breaks off', 0],
  ['that goes on waits for a second', 'goes on', 1_000],
] as const)('reading a refusal %s', async (_, then, waitMs) => {
  const clock = createVirtualClock()
  let isRead = false
  const reading = readInTime(clock, refusalOf(source(['no'], then).body), alive(), undefined)
  void reading.then(() => (isRead = true))
  if (waitMs > 0) await clock.advance(waitMs - 1)
  expect(isRead).toBe(false)
  await clock.advance(waitMs && 1)
  expect(isRead).toBe(true)
  expect(clock.pending).toBe(0)
})

async function consumed(response: Response): Promise<Response> {
  await response.text()
  return response
}
