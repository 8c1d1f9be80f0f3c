// What every page of the benches can do, whoever keeps its session: the scenarios drive all of them in the same way.

/** A library at work in a page, or none. */
export interface Subject {
  /** Registers somebody new, and logs in as them. May leave the page on its way. */
  signIn(): Promise<unknown>
  /** Sends a GET as an application with this library would; resolves to the status that the application gets to see. */
  send(path: string): Promise<number>
  /** Logs out as an application with this library would. */
  signOut?(): Promise<unknown>
  /** Calls `listener` when the library tells that the session is over, wherever it was ended. */
  onEnd?(listener: () => void): void
}

/** What became of a request: the status, or the error that the application got instead. */
export type Outcome = number | string

/** What became of a burst of requests, and when the last of them was settled (milliseconds, comparable between tabs). */
export interface Burst {
  readonly outcomes: readonly Outcome[]
  readonly doneAt: number
}

/** The page's side, as the scenarios see it. */
export interface Bench {
  signIn(): Promise<void>
  request(path: string): Promise<Outcome>
  /** Makes ready for {@link go}: then these requests are sent at once. */
  arm(paths: readonly string[]): void
  /** Starts all tabs that are ready, by a message, after their clocks were moved on by `ageMs`. Returns when that was. */
  go(ageMs: number): number
  /** Waits until what {@link arm} has announced is done. */
  burst(): Promise<Burst>
  /** Moves this page's clock on. */
  age(ms: number): void
  /** Logs out; returns when that was asked for. */
  signOut(): number
  /** When the library told that the session is over. */
  endedAt(): number | null
}

declare global {
  interface Window {
    bench: Bench
  }
}

/** Milliseconds on a clock that all tabs share, and that {@link Bench.age} leaves alone. */
export function moment(): number {
  return performance.timeOrigin + performance.now()
}

/** Gives the page to a subject. `create` is called once the clock can be moved. */
export function startPage(create: () => Subject): void {
  const systemNow = Date.now
  let aheadMs = 0
  Date.now = () => systemNow() + aheadMs
  const age = (ms: number): void => void (aheadMs += ms)

  const subject = create()
  // Timers of hidden tabs are rounded to seconds, messages are not.
  const starter = new BroadcastChannel('bench')
  let armed: ((ageMs: number) => void) | undefined
  let burst: Promise<Burst> = Promise.reject(new Error('Not armed'))
  burst.catch(() => undefined)
  let endedAt: number | null = null
  subject.onEnd?.(() => (endedAt = moment()))
  starter.onmessage = ({ data }: MessageEvent<number>) => armed?.(data)

  async function request(path: string): Promise<Outcome> {
    try {
      return await Promise.race([subject.send(path), timeout()])
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
  }

  /** Longer than any library waits by itself, so that one that hangs does not hang the bench. */
  function timeout(): Promise<string> {
    return new Promise((resolve) => setTimeout(() => resolve('no answer in 20 s'), 20_000))
  }

  window.bench = {
    async signIn() {
      endedAt = null
      await subject.signIn()
    },
    request,
    arm(paths) {
      burst = new Promise<number>((resolve) => (armed = resolve)).then(async (ageMs) => {
        armed = undefined
        age(ageMs)
        const outcomes = await Promise.all(paths.map(request))
        return { outcomes, doneAt: moment() }
      })
    },
    go(ageMs) {
      const startedAt = moment()
      starter.postMessage(ageMs)
      armed?.(ageMs)
      return startedAt
    },
    burst: () => burst,
    age,
    signOut() {
      const startedAt = moment()
      void subject.signOut?.()
      return startedAt
    },
    endedAt: () => endedAt,
  }
}
