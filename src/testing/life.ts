/** Whether the script of a page runs, stands still or is gone, and what it holds meanwhile. */
export interface Life {
  readonly isRunning: boolean
  readonly isGone: boolean
  /** Runs `work` in the page: now, when it runs again, or never. */
  run(work: () => void): void
  /** How often the page has gone into the back/forward cache, and whether it is there now. */
  readonly cachings: number
  readonly isCached: boolean
  /** Everything waits from now on. In the back/forward cache what is not the page's own is given up as well. */
  standStill(where?: 'here' | 'in-cache'): void
  /** Runs on. What has waited comes with {@link catchUp}, after whatever the browser does first. */
  goOn(): void
  catchUp(): void
  /** Gone for good: nothing runs any more, and all it held is released. */
  end(): void
  /** Notes that the page holds something. `release` is called once: by what this returns, or when the page goes. */
  hold(release: () => void): () => void
  /** How many things the page holds. */
  readonly holding: number
}

/** Creates the life of a page that runs. */
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
