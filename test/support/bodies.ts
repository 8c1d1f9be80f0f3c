// The kinds of body that a request can have. Runs in Node.js and in a page, so there is no import here.

/** Every byte value, many times over; more than fits into one packet. */
export const BYTES = Uint8Array.from({ length: 70_000 }, (_, n) => (n * 31) % 256)

/** Bodies that can be sent twice: a name, how to make it, and the bytes on the wire. */
export const BODIES: readonly (readonly [string, () => BodyInit, Uint8Array | string])[] = [
  ['a string', () => '{"text":"Grüße, 世界"}', '{"text":"Grüße, 世界"}'],
  ['an empty string', () => '', ''],
  ['URLSearchParams', () => new URLSearchParams({ a: '1 2', b: 'ü' }), 'a=1+2&b=%C3%BC'],
  ['a Blob', () => new Blob([BYTES], { type: 'image/png' }), BYTES],
  ['a File', () => new File([BYTES], 'a.png', { type: 'image/png' }), BYTES],
  ['an ArrayBuffer', () => BYTES.slice().buffer, BYTES],
  ['a Uint8Array', () => BYTES, BYTES],
  ['a view of a part', () => BYTES.subarray(100, 60_000), BYTES.subarray(100, 60_000)],
  ['a Float64Array', () => new Float64Array(BYTES.slice(0, 800).buffer), BYTES.slice(0, 800)],
  ['a DataView', () => new DataView(BYTES.buffer, 8, 800), BYTES.subarray(8, 808)],
]

/** A form with text and two files of one name. */
export function formData(): FormData {
  const form = new FormData()
  form.append('title', 'Grüße, 世界')
  form.append('file', new File([BYTES], 'a "b".bin', { type: 'application/x-bytes' }))
  form.append('file', new Blob(['second']), 'second.txt')
  return form
}

/** Bodies for a Request, which is repeated by a clone. */
export const REQUESTS: readonly (readonly [string, () => RequestInit])[] = [
  ['a string', () => ({ body: 'text' })],
  ['bytes', () => ({ body: BYTES, headers: { 'content-type': 'application/x-bytes' } })],
  ['a Blob', () => ({ body: new Blob([BYTES], { type: 'image/png' }) })],
  ['FormData', () => ({ body: formData() })],
]
