import type { Mirror } from '../ports.ts'

/** Opens the mirror of one session in localStorage. Where storage is blocked, even reading `localStorage` throws. */
export function openLocalStorage(name: string): Mirror {
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(name) ?? 'null') as unknown
      } catch {
        return null
      }
    },
    write(value) {
      try {
        localStorage.setItem(name, JSON.stringify(value))
        return true
      } catch {
        return false
      }
    },
    watch(onChange) {
      const heard = ({ key }: StorageEvent): void => {
        // The key is `null` when the whole storage was cleared.
        if (key === name || key === null) onChange()
      }
      addEventListener('storage', heard)
      return () => removeEventListener('storage', heard)
    },
  }
}
