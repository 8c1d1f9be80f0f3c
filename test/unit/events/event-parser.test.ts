import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEventParser, type Block } from '../../../src/events/event-parser.ts'

function parse(...pieces: readonly (string | Uint8Array)[]): readonly Block[] {
  const parser = createEventParser()
  const bytes = (piece: string | Uint8Array): Uint8Array =>
    typeof piece === 'string' ? new TextEncoder().encode(piece) : piece
  return pieces.flatMap((piece) => parser.push(bytes(piece)))
}

const message = (data: string, type = 'message', id?: string): Block => ({
  id,
  event: { type, data },
})

describe('the examples of the HTML standard (§9.2.6)', () => {
  test('three lines of data are one event', () => {
    expect(parse('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([message('YHOO\n+2\n10')])
  })

  test('a comment, two events with an id that is set and taken back, and one that is not complete', () => {
    const stream =
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n'
    expect(parse(stream)).toEqual([
      message('first event', 'message', '1'),
      message('second event', 'message', ''),
    ])
    expect(parse(`${stream}\n`).at(-1)).toEqual(message(' third event'))
  })

  test('data without a value is an event, and two of them a line break', () => {
    expect(parse('data\n\ndata\ndata\n\ndata:')).toEqual([message(''), message('\n')])
  })

  test('one space after the colon is nobody’s', () => {
    expect(parse('data:test\n\ndata: test\n\n')).toEqual([message('test'), message('test')])
  })
})

test.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('lines end in %s', (_, end) => {
  const stream = ['event: a', 'data: 1', 'data: 2', 'id: 7', '', 'data: 3', '', ''].join(end)
  const blocks = [message('1\n2', 'a', '7'), message('3')]
  expect(parse(stream)).toEqual(blocks)
  expect(parse(...stream.split(''))).toEqual(blocks)
})

test('a line that ends in CR is complete before anybody knows whether LF follows', () => {
  expect(parse('data: 1\r\r')).toEqual([message('1')])
  expect(parse('data: 1\r\n\r', '\ndata: 2\r', '\n', '\r\n')).toEqual([message('1'), message('2')])
})

test.each([
  ['a byte order mark in front', '\uFEFFdata: 1\n\n', [message('1')]],
  ['a second one, which is part of the name', '\uFEFF\uFEFFdata: 1\n\n', []],
  ['fields nobody knows', 'when: now\ndata: 1\n: data: 2\nDATA: 3\n\n', [message('1')]],
  ['a type, and nothing to be told', 'event: a\n\ndata: 1\n\n', [message('1')]],
  ['an id, and nothing to be told', 'id: 7\n\n', [{ id: '7', event: null }]],
  ['an id with NUL in it', 'id: 7\nid: 8\0\ndata: 1\n\n', [message('1', 'message', '7')]],
  ['a colon in the value', 'data: a: b\n\n', [message('a: b')]],
])('%s', (_, stream, blocks) => {
  expect(parse(stream)).toEqual(blocks)
})

test.each([
  ['retry: 3000\n', 3_000],
  ['retry: 1\nretry:2\n\n', 2],
  ['retry: 3s\n\n', undefined],
  ['retry: -1\n\n', undefined],
  ['retry\n\n', undefined],
])('%j: the next connection is to wait for %s ms', (stream, retryMs) => {
  const parser = createEventParser()
  expect(parser.push(new TextEncoder().encode(stream))).toEqual([])
  expect(parser.retryMs).toBe(retryMs)
})

const field = fc.oneof(
  fc.constantFrom('data', 'data:', 'id', 'event', ':', '', '\uFEFF', 'retry: 5'),
  fc
    .tuple(
      fc.constantFrom('data', 'event', 'id', 'retry', 'x'),
      fc.constantFrom(':', ': '),
      fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, '')),
    )
    .map((parts) => parts.join('')),
)
const stream = fc
  .array(fc.tuple(field, fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n')))
  .map((lines) => new TextEncoder().encode(lines.flat().join('')))

test('wherever a stream is cut, in the middle of a character or of a line end, it says the same', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat({ max: 400 })), (bytes, cuts) => {
      const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      expect(parse(...pieces)).toEqual(parse(bytes))
      expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(parse(bytes))
    }),
  )
})

test('whatever is said in one event arrives as it was said', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ''))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), line, (lines, type) => {
      const sent = lines.map((text) => `data: ${text}\n`).join('')
      // As UTF-8 carries it: half a surrogate is no character.
      const carried = (text: string): string =>
        new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text))
      expect(parse(`event: ${type}\n${sent}\n`)).toEqual([
        message(carried(lines.join('\n')), carried(type) || 'message'),
      ])
    }),
  )
})
