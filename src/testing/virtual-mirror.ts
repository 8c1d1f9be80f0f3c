import type { Mirror } from '../ports.ts'
import type { FaultOf } from './faults.ts'
import type { Life } from './life.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** localStorage as the session uses it: one text per name. */
export interface VirtualMirror {
  /** The text under the name that was opened first. */
  text: string | null
  /** Removes everything. All pages receive a storage event. */
  wipe(): void
  /** Opens a text for a page. */
  open(name: string, life: Life, fault: FaultOf): Mirror
}

/** Creates an empty mirror. */
export function createVirtualMirror(clock: VirtualClock): VirtualMirror {
  const first: { text: string | null } = { text: null }
  const texts = new Map<string, { text: string | null }>()
  const watchers = new Set<{
    readonly name: string
    readonly life: Life
    readonly onChange: () => void
  }>()

  function slotOf(name: string): { text: string | null } {
    const slot = texts.get(name) ?? (texts.size === 0 ? first : { text: null })
    texts.set(name, slot)
    return slot
  }

  return {
    get text() {
      return first.text
    },
    set text(value) {
      first.text = value
    },
    wipe() {
      for (const slot of texts.values()) slot.text = null
      for (const { onChange } of watchers) clock.soon(onChange)
    },
    open(name, life, fault) {
      const slot = slotOf(name)
      return {
        read() {
          try {
            return fault('mirror') === 'ok' ? (JSON.parse(slot.text ?? 'null') as unknown) : null
          } catch {
            return null
          }
        },
        write(value) {
          if (fault('mirror') === 'refused' || life.isGone) return false
          slot.text = JSON.stringify(value)
          for (const other of watchers)
            if (other.name === name && other.life !== life) clock.soon(other.onChange)
          return true
        },
        watch(listener) {
          // A page in the back/forward cache receives no events.
          const onChange = (): void => (life.isCached ? undefined : life.run(listener))
          const watcher = { name, life, onChange }
          watchers.add(watcher)
          return life.hold(() => watchers.delete(watcher))
        },
      }
    },
  }
}
