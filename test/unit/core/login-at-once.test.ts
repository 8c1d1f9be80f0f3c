import { expect, test } from 'vitest'
import { cookieTransport } from '../../../src/index.ts'
import { settle } from '../../support/settle.ts'
import { createProfile } from '../../support/profile.ts'

// A page that logs in as it opens: restoring still reads what was there before, and tells of it last.

const hintCookie = 'signed-in'
const MODES = ['cookie', 'body'] as const
const RECORDS = ['ok', 'rejects', 'hangs', 'full'] as const

test.each(MODES.flatMap((mode) => RECORDS.map((record) => [mode, record] as const)))(
  'in %s mode, with a record that is %s, a login before `ready` lasts, whichever moment it is made in',
  async (mode, record) => {
    for (let moment = 0; moment < 40; moment++) {
      const profile = createProfile({
        mode,
        ...(mode === 'cookie' && { transport: cookieTransport('/auth', { hintCookie }) }),
      })
      profile.browser.faults.record = record
      const tab = profile.browser.openTab()
      for (let turn = 0; turn < moment; turn++) await Promise.resolve()

      await profile.during(2_000, tab.session.login(profile.server.signIn()))
      await tab.session.ready
      await settle()

      expect(tab.session.state, String(moment)).toMatchObject({ status: 'logged-in' })
      expect(tab.eventsOf('started'), String(moment)).toHaveLength(1)
      expect(tab.eventsOf('ended'), String(moment)).toEqual([])
    }
  },
)
