/** Whether a page runs, is suspended or is gone, and what it holds. */
export interface Life {
  readonly isRunning: boolean
  readonly isGone: boolean
  /** Runs `work` in the page: at once if it runs, later if it is suspended, never if it is gone. */
  run(work: () => void): void
  /** How often the page entered the back/forward cache, and whether it is in it now. */
  readonly cachings: number
  readonly isCached: boolean
  /** Suspends the page: all its work waits. In the back/forward cache its channels are closed as well. */
  standStill(where?: 'here' | 'in-cache'): void
  /** Resumes the page. Work that has waited runs with {@link catchUp}, after what the browser does first. */
  goOn(): void
  catchUp(): void
  /** Ends the page for good, and releases everything it holds. */
  end(): void
  /** Records that the page holds something. `release` is called once: by the returned function, or when the page ends. */
  hold(release: () => void): () => void
  /** How many things the page holds. */
  readonly holding: number
}

/** Creates the life of a running page. */
export function createLife(): Life {
  let state: 'running' | 'still' | 'gone' = 'running'
  let cachings = 0
  let isCached = false
  let backlog: (() => void)[] = []
  const held = new Set<() => void>()

  return {
    get isRunning() {
      return state === 'running'
    },
    get isGone() {
      return state === 'gone'
    },
    get cachings() {
      return cachings
    },
    get isCached() {
      return isCached
    },
    get holding() {
      return held.size
    },
    run(work) {
      if (state === 'running') work()
      else if (state === 'still') backlog.push(work)
    },
    standStill(where = 'here') {
      if (state !== 'running') return
      state = 'still'
      isCached = where === 'in-cache'
      if (isCached) cachings++
    },
    goOn() {
      if (state === 'still') state = 'running'
      isCached = false
    },
    catchUp() {
      const waiting = backlog
      backlog = []
      for (const work of waiting) work()
    },
    end() {
      state = 'gone'
      backlog = []
      for (const release of [...held]) release()
    },
    hold(release) {
      const once = (): void => {
        if (held.delete(once)) release()
      }
      held.add(once)
      if (state === 'gone') once()
      return once
    },
  }
}
