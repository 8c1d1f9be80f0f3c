/** A part of an event stream, up to a blank line. */
export interface Block {
  /** The id that it gives, to itself and to where the stream goes on; '' takes that back. */
  readonly id: string | undefined
  /** `null`: all that it does is to give an id. */
  readonly event: { readonly type: string; readonly data: string } | null
}

/** Reads one event stream. */
export interface EventParser {
  /** The blocks that these bytes complete. What the stream breaks off in the middle of was never there. */
  push(bytes: Uint8Array): readonly Block[]
  /** How long the server wants to be left alone after the stream has ended; the last it has said. */
  readonly retryMs: number | undefined
}

/** Parses `text/event-stream` as the HTML standard does (§9.2.6), cut into pieces wherever the network likes. */
export function createEventParser(): EventParser {
  // Takes the byte order mark away, and keeps what a piece has of a character for the next one.
  const decoder = new TextDecoder()
  let rest = ''
  let isAfterCr = false
  let type = ''
  let data = ''
  let id: string | undefined
  let retryMs: number | undefined

  function linesOf(text: string): readonly string[] {
    // Half of a character is nothing yet.
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
