import type { Life } from './life.ts'

/** Delivers answers when the page or the worker can run, and never if it is gone. The request itself continues. */
export function arrivingIn(life: Life, carry: typeof fetch): typeof fetch {
  return (...args) =>
    new Promise((resolve) => {
      if (life.isGone) return
      const carried = carry(...args)
      const arrive = (): void => life.run(() => resolve(carried))
      carried.then(arrive, arrive)
    })
}
