/** Runs a limited amount of work at once, and lets the rest wait so that no party waits for the work of another. */
export interface FairQueue {
  /**
   * Runs `work` when its turn has come, and resolves or rejects as it does. The parties that wait take turns, one piece
   * of work each. If too much is waiting, the newest of the party that has most waiting rejects with {@link QueueFull}.
   */
  run<Result>(party: string, work: () => Promise<Result>): Promise<Result>
}

/** The work was not begun, because too much was waiting. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

interface Waiting {
  begin(): void
  reject(reason: QueueFull): void
}

/** Creates a queue that runs `atOnce` pieces of work at once and keeps `places` more waiting. */
export function createFairQueue({
  atOnce,
  places,
}: {
  readonly atOnce: number
  readonly places: number
}): FairQueue {
  /** Never empty lines. The party that is first in the map has the next turn. */
  const lines = new Map<string, Waiting[]>()
  let running = 0
  let waiting = 0

  return {
    async run(party, work) {
      if (running < atOnce) running++
      else await turnOf(party)
      try {
        return await work()
      } finally {
        passOn()
      }
    },
  }

  function turnOf(party: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (waiting >= places && !makeRoom(party)) return reject(new QueueFull())
      const line = lines.get(party) ?? []
      line.push({ begin: resolve, reject })
      lines.set(party, line)
      waiting++
    })
  }

  /** Takes a place from the party with most of them, unless `party` would have as many itself. */
  function makeRoom(party: string): boolean {
    const own = lines.get(party)?.length ?? 0
    let longest: Waiting[] = []
    for (const line of lines.values()) if (line.length > longest.length) longest = line
    if (own + 1 >= longest.length) return false
    longest.pop()?.reject(new QueueFull())
    waiting--
    return true
  }

  /** Gives the place of work that is done to the party whose turn it is. */
  function passOn(): void {
    const [next] = lines
    if (next === undefined) {
      running--
      return
    }
    const [party, line] = next
    lines.delete(party)
    const first = line.shift()
    if (line.length > 0) lines.set(party, line)
    waiting--
    first?.begin()
  }
}
