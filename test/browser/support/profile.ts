import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The folder in which a browser keeps its data when it is closed. */
export interface Profile {
  readonly folder: string
}

/** Creates a profile for the running test. Launch the browser afterwards, so that it ends before the folder is removed. */
export async function createProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-profile-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  return { folder }
}
