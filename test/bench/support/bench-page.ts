// What every page of the benches can do, whichever library it runs. The scenarios drive all of them in the same way.

/** A library running in a page, or no library. */
export interface Subject {
  /** Registers a new user and logs in. May navigate on the way. */
  signIn(): Promise<unknown>
  /** Sends a GET as an application with this library would; resolves to the status that the application sees. */
  send(path: string): Promise<number>
  /** Logs out as an application with this library would. */
  signOut?(): Promise<unknown>
  /** Calls `listener` when the library reports that the session is over, in whichever tab it was ended. */
  onEnd?(listener: () => void): void
  /** Called when this page's clock was moved on, with how far it is ahead by now. */
  onAge?(aheadMs: number): void
}

/** The result of a request: the status, or the error that the application got. */
export type Outcome = number | string

/** The results of a burst of requests, and when the last of them settled (in milliseconds, comparable between tabs). */
export interface Burst {
  readonly outcomes: readonly Outcome[]
  readonly doneAt: number
}

/** The page's interface for the scenarios. */
export interface Bench {
  signIn(): Promise<void>
  request(path: string): Promise<Outcome>
  /** Prepares for {@link go}, which then sends these requests at once. */
  arm(paths: readonly string[]): void
  /** Starts all prepared tabs by a message, after moving their clocks on by `ageMs`. Returns when that was. */
  go(ageMs: number): number
  /** Waits until what {@link arm} has prepared is done. */
  burst(): Promise<Burst>
  /** Moves this page's clock on. */
  age(ms: number): void
  /** Logs out; returns when that was called. */
  signOut(): number
  /** When the library reported that the session is over. */
  endedAt(): number | null
}

declare global {
  interface Window {
    bench: Bench
  }
}

/** Milliseconds on a clock that all tabs share and {@link Bench.age} does not move. */
export function moment(): number {
  return performance.timeOrigin + performance.now()
}

/** Hands the page to a subject. `create` is called once the clock can be moved. */
export function startPage(create: () => Subject): void {
  const systemNow = Date.now
  let aheadMs = 0
  Date.now = () => systemNow() + aheadMs
  function age(ms: number): void {
    aheadMs += ms
    subject.onAge?.(aheadMs)
  }

  const subject = create()
  // Timers of hidden tabs are rounded to seconds; messages are not.
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

  /** Longer than any library waits, so that one that hangs does not hang the bench. */
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
