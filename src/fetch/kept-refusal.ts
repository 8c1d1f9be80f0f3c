import { within } from '../core/time/sleep.ts'
import type { Clock } from '../ports.ts'
import { like } from './like.ts'

// More than an API says about a token. An answer may also have no end.
const MOST_BYTES = 65_536
// How long the end of a session, or a renewal that may end it, waits for the body of the refusal that has told of it.
const READ_MS = 1_000

/** A refusal that its caller may get after the end of the session, which cuts off everything that still arrives for it. */
export interface KeptRefusal {
  /** Resolves when the refusal has been read, or 64 kB of it. Never rejects. */
  readonly read: Promise<void>
  /** The refusal for its caller: the answer itself, or after the end of the session a copy of what was read. */
  handOver(): Response
  /** The caller gets another answer. */
  drop(): void
}

/** Reads a refusal beside whatever is done about it. */
export function keepRefusal(
  response: Response,
  session: AbortSignal,
  caller: AbortSignal | null | undefined,
): KeptRefusal {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const reader = response.bodyUsed ? undefined : response.clone().body?.getReader()
  const forget = (): void => void reader?.cancel().catch(() => undefined)
  let isWhole = false

  async function read(): Promise<void> {
    try {
      for (let bytes = 0; reader && bytes < MOST_BYTES;) {
        const { value } = await reader.read()
        isWhole = !value
        if (!value) return
        chunks.push(value)
        bytes += value.byteLength
      }
    } catch {
      // The copy ends here as well.
    }
  }

  function body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start(controller) {
        caller?.addEventListener('abort', () => controller.error(caller.reason))
      },
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk) controller.enqueue(chunk)
        else if (isWhole) controller.close()
        else controller.error(session.reason)
      },
    })
  }

  return {
    read: read(),
    handOver() {
      forget()
      // No Response can be made like an opaque one. A caller that has aborted finds its own reason in the answer itself.
      return session.aborted && !caller?.aborted && response.status
        ? like(response, new Response(reader && body(), response))
        : response
    },
    drop() {
      forget()
      void response.body?.cancel().catch(() => undefined)
    },
  }
}

/** As {@link keepRefusal}. Resolves when the refusal has been read, or after a second. */
export async function readInTime(
  clock: Clock,
  ...kept: Parameters<typeof keepRefusal>
): Promise<KeptRefusal> {
  const refusal = keepRefusal(...kept)
  await within(clock, READ_MS, () => refusal.read, undefined)
  return refusal
}
