import { SessionError } from './errors.ts'

// A token response is a few kilobytes.
const MOST_BYTES = 1_000_000

/**
 * Reads the JSON of an answer of the auth server: `''` if its body is empty, `undefined` if that is not JSON or not whole.
 * Throws `SessionError('invalid_response')` after a megabyte.
 */
export async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    // A fetch that somebody else wrote may have no streams.
    if (!response.body) return parse(await response.text())
    const reader = response.body.getReader()
    for (;;) {
      const { value } = await reader.read()
      if (!value) return parse(text + decoder.decode())
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

function parse(text: string): unknown {
  return text && JSON.parse(text)
}
