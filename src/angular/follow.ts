import { DestroyRef, inject, signal, type Signal } from '@angular/core'
import type { Unsubscribe } from '../index.ts'

/** A signal of what `current` returns, updated until the injector that asks for it is destroyed. */
export function follow<T>(
  subscribe: (listener: () => void) => Unsubscribe,
  current: () => T,
): Signal<T> {
  const followed = signal(current())
  inject(DestroyRef).onDestroy(subscribe(() => followed.set(current())))
  return followed.asReadonly()
}
