import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The folder in which a browser keeps what outlives it. */
export interface Profile {
  readonly folder: string
}

/** Makes a profile for the test that is running. Launch the browser after it, so that it ends before. */
export async function createProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-profile-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  return { folder }
}
