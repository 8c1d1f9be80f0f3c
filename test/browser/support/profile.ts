import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The folder in which a browser keeps what outlives it. */
export interface Profile {
  readonly folder: string
  /** Copies what pages have stored, without the cookies, and returns what puts it back. No browser may be using the folder. */
  saveStorage(): Promise<() => Promise<void>>
}

const STORAGE = ['IndexedDB', 'Local Storage'].map((name) => join('Default', name))

/** Makes a profile for the test that is running. Launch the browser after it, so that it ends before. */
export async function createProfile(): Promise<Profile> {
  const base = await mkdtemp(join(tmpdir(), 'latchkey-profile-'))
  onTestFinished(() => rm(base, { recursive: true, force: true, maxRetries: 10 }))
  const folder = join(base, 'profile')
  const copy = join(base, 'copy')
  const each = (work: (name: string) => Promise<void>): Promise<unknown> =>
    Promise.all(STORAGE.map(work))
  return {
    folder,
    async saveStorage() {
      await each((name) => cp(join(folder, name), join(copy, name), { recursive: true }))
      return async () => {
        await each(async (name) => {
          await rm(join(folder, name), { recursive: true })
          await cp(join(copy, name), join(folder, name), { recursive: true })
        })
      }
    },
  }
}
