/** Delays the answers that a page gets, and reverses their order. */
export interface Overtaking {
  readonly fetch: typeof fetch
  /** Holds the next answers until `count` have arrived, then delivers them: the newest comes first. */
  gather(count: number): void
}

/** Creates it. `issuedAt` returns when the token in an answer was issued. */
export function createOvertaking(issuedAt: (answer: Response) => number): Overtaking {
  const held: { readonly answer: Response; readonly go: () => void }[] = []
  let wanted = 0

  async function release(): Promise<void> {
    wanted = 0
    for (const { go } of held.splice(0).sort((a, b) => issuedAt(b.answer) - issuedAt(a.answer))) {
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

/** Waits for the next task of the page. Not with a timer: in a hidden tab these run once a second. */
function turn(): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  const done = new Promise((resolve) => {
    port1.onmessage = resolve
  })
  port2.postMessage(null)
  return done
}
