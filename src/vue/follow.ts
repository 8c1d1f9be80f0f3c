import { getCurrentInstance, onMounted, onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { Unsubscribe } from '../index.ts'

/**
 * A ref of what `current` returns, updated until the component is unmounted. Until the HTML of a server is hydrated, its
 * value is `onServer`.
 */
export function follow<T>(
  subscribe: (listener: () => void) => Unsubscribe,
  current: () => T,
  onServer: T,
): Readonly<ShallowRef<T>> {
  // Only a component that is being hydrated has an element before it is mounted.
  const isHydrated = Boolean(getCurrentInstance()?.vnode.el)
  const ref = shallowRef(isHydrated ? onServer : current())
  const update = (): void => {
    ref.value = current()
  }
  if (isHydrated) onMounted(update)
  onScopeDispose(subscribe(update))
  return ref
}
