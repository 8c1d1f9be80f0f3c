import { SessionError } from '../../errors.ts'

/** Whether the application has disposed of the session. */
export interface Disposal {
  /** Aborts at that moment. */
  readonly signal: AbortSignal
  /** What `signal` says as well; but each request asks, and browsers take their time to answer. */
  readonly isOver: boolean
  /** What calls reject with from then on. */
  error(): SessionError
  /** The same work, which from then on rejects. */
  guard<Args extends unknown[], T>(
    work: (...args: Args) => Promise<T>,
  ): (...args: Args) => Promise<T>
  dispose(): void
}

/** Creates the disposal of one session. */
export function createDisposal(): Disposal {
  const controller = new AbortController()
  const error = (): SessionError => new SessionError('disposed', 'The session was disposed of')
  const disposal: { -readonly [Field in keyof Disposal]: Disposal[Field] } = {
    signal: controller.signal,
    isOver: false,
    error,
    guard:
      (work) =>
      (...args) =>
        disposal.isOver ? Promise.reject(error()) : work(...args),
    dispose() {
      disposal.isOver = true
      controller.abort()
    },
  }
  return disposal
}
