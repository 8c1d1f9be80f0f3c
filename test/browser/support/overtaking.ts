/** Holds up the answers that a page gets, and lets them overtake each other. */
export interface Overtaking {
  readonly fetch: typeof fetch
  /** Holds up the next answers until so many have come, then hands them on: the one that was made last comes first. */
  gather(count: number): void
}

/** Creates it. When an answer was made, `madeAt` tells. */
export function createOvertaking(madeAt: (answer: Response) => number): Overtaking {
  const held: { readonly answer: Response; readonly go: () => void }[] = []
  let wanted = 0

  async function release(): Promise<void> {
    wanted = 0
    for (const { go } of held.splice(0).sort((a, b) => madeAt(b.answer) - madeAt(a.answer))) {
      go()
      await turn()
    }
  }

  return {
    async fetch(...args) {
      const answer = await fetch(...args)
      if (wanted > 0)
        await new Promise<void>((go) => {
          if (held.push({ answer, go }) === wanted) void release()
        })
      return answer
    },
    gather(count) {
      wanted = count
    },
  }
}

/** Lets the page do what is due. Not by a timer: those of hidden tabs come once a second. */
function turn(): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  const done = new Promise((resolve) => {
    port1.onmessage = resolve
  })
  port2.postMessage(null)
  return done
}
