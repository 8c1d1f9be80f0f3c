import { onTestFinished } from 'vitest'

/** For the rest of a test `AbortSignal.any` is missing, as in Safari before 17.4. */
export function withoutAbortSignalAny(): void {
  const any = Object.getOwnPropertyDescriptor(AbortSignal, 'any')
  Reflect.deleteProperty(AbortSignal, 'any')
  onTestFinished(() => {
    if (any) Object.defineProperty(AbortSignal, 'any', any)
  })
}
