import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { launchBrowser } from './engines/browser.ts'
import { needs } from './engines/engines.ts'
import { useBackend } from './support/backend.ts'
import type { Mode } from './support/fixture-page.ts'
import { createProfile } from './support/profile.ts'
import { STORMS } from './support/repeats.ts'
import { expire, journal, openSession, stateOf, storm } from './support/session-tabs.ts'

const TABS = ['one', 'two', 'three'] as const
const WRITERS = 3

const start = useBackend()

test.for<Mode>(['cookie', 'body'])(
  'tabs stay signed in and fail no request while other programs keep the disk of their profile busy, in %s mode',
  async (mode, context) => {
    needs(context, 'a profile on disk')
    const backend = await start()
    const profile = await createProfile()
    const browser = await launchBrowser({ profile: profile.folder })
    const [one, two, three] = TABS.map((tab) => ({ tab, mode }))
    if (!one || !two || !three) throw new Error('The test takes three tabs')
    const tabs = await openSession(backend, browser, one, two, three)
    await keepBusy(profile.folder)
    for (let round = 1; round <= STORMS; round++) {
      await expire(backend, tabs)
      const outcomes = await storm(tabs, 3)
      expect(outcomes.flat()).toEqual(Array(3 * TABS.length).fill({ status: 200 }))
    }
    // A tab may work without a slow database and repeat a refresh, which costs a request and nothing else.
    expect(backend.refreshes()).toMatchObject({ reuses: 0, superseded: 0 })
    for (const tab of tabs) {
      expect((await stateOf(tab)).status).toBe('logged-in')
      expect((await journal(tab)).map(({ what }) => what)).not.toContain('ended')
    }
  },
)

/** Starts programs that write to the disk of this folder and wait for it, until the running test has finished. */
async function keepBusy(folder: string): Promise<void> {
  for (let writer = 1; writer <= WRITERS; writer++) {
    const file = join(folder, `busy-${String(writer)}`)
    const child = fork(join(import.meta.dirname, 'support', 'disk-writer.mjs'), [file])
    onTestFinished(async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    })
    await once(child, 'message')
  }
}
