import type { Mirror } from '../ports.ts'

/** Opens the mirror of one session in localStorage. Every access may throw: the very getter does where storage is refused. */
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
        // A key of null: everything was cleared.
        if (key === name || key === null) onChange()
      }
      addEventListener('storage', heard)
      return () => removeEventListener('storage', heard)
    },
  }
}
