/** A part of an event stream, up to a blank line. */
export interface Block {
  /** The id of the event, from which the stream goes on after a break; '' resets that. */
  readonly id: string | undefined
  /** `null`: it only gives an id. */
  readonly event: { readonly type: string; readonly data: string } | null
}

/** Reads one event stream. */
export interface EventParser {
  /** The blocks that these bytes complete. A block that the stream breaks off in is dropped. */
  push(bytes: Uint8Array): readonly Block[]
  /** How long the server wants a pause after the stream has ended, as it said last. */
  readonly retryMs: number | undefined
}

/** Parses `text/event-stream` as the HTML standard does (§9.2.6), from pieces of any size. */
export function createEventParser(): EventParser {
  // Removes the byte order mark, and keeps a character that is cut in two for the next piece.
  const decoder = new TextDecoder()
  let rest = ''
  let isAfterCr = false
  let type = ''
  let data = ''
  let id: string | undefined
  let retryMs: number | undefined

  function linesOf(text: string): readonly string[] {
    // The piece was a part of one character.
    if (text === '') return []
    const lines = (isAfterCr ? text.replace(/^\n/, '') : text).split(/\r\n|\r|\n/)
    isAfterCr = text.endsWith('\r')
    lines[0] = rest + (lines[0] ?? '')
    rest = lines.pop() ?? ''
    return lines
  }

  function take(line: string): void {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? []
    if (name === 'event') type = value
    else if (name === 'data') data += `${value}\n`
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value)
  }

  function complete(): Block | undefined {
    const event = data === '' ? null : { type: type || 'message', data: data.slice(0, -1) }
    const block = event || id !== undefined ? { id, event } : undefined
    type = data = ''
    id = undefined
    return block
  }

  return {
    push(bytes) {
      const blocks: Block[] = []
      for (const line of linesOf(decoder.decode(bytes, { stream: true }))) {
        if (line !== '') {
          take(line)
          continue
        }
        const block = complete()
        if (block) blocks.push(block)
      }
      return blocks
    },
    get retryMs() {
      return retryMs
    },
  }
}
