import { SessionError } from './errors.ts'

// A token response is a few kilobytes.
const MOST_BYTES = 1_000_000

/**
 * Reads the JSON of an answer of the auth server; `undefined` if it has none. Throws `SessionError('invalid_response')`
 * after a megabyte.
 */
export async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    // A fetch that somebody else wrote may have no streams.
    if (!response.body) return JSON.parse(await response.text())
    const reader = response.body.getReader()
    for (;;) {
      const { value } = await reader.read()
      if (!value) return JSON.parse(text + decoder.decode())
      bytes += value.byteLength
      if (bytes > MOST_BYTES) {
        void reader.cancel().catch(() => undefined)
        break
      }
      text += decoder.decode(value, { stream: true })
    }
  } catch {
    return undefined
  }
  throw new SessionError('invalid_response', 'The answer is longer than a megabyte')
}
