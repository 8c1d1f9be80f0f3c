import { describe, expect, test } from 'vitest'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'

/** What a server tells of its user: in an ID token, or in an access token for some API. */
interface Told {
  readonly id?: string
  readonly access?: string
  readonly aud?: string
}

function answering({ id, access, aud = 'notes' }: Told) {
  return {
    access_token: access === undefined ? 'opaque' : unsignedToken({ sub: access, aud }),
    ...(id !== undefined && { id_token: unsignedToken({ sub: id, aud: 'the-page' }) }),
  }
}

/** A session that began with what the first answer told, and was then renewed with the others. */
async function renewed(
  mode: 'cookie' | 'body',
  [first = {}, ...others]: readonly Told[],
): Promise<{
  readonly profile: Profile
  readonly tab: VirtualTab
}> {
  const profile = createProfile({ mode })
  const tab = await profile.openTab()
  await tab.session.login({ ...profile.server.signIn('alice'), ...answering(first) })
  for (const told of others) {
    profile.server.next(REFRESH, () =>
      json({ sid: 's1', expires_in: 600, refresh_token: 'next', ...answering(told) }),
    )
    await profile.expire()
    void tab.session.getAccessToken().catch(() => undefined)
    // Less than the pause after a failure.
    await profile.clock.advance(150)
  }
  return { profile, tab }
}

const alice = { id: 'alice' }

describe.each(['cookie', 'body'] as const)(
  'E1, %s mode: one user may go by two names, an ID token’s and an access token’s',
  (mode) => {
    test.each<readonly [string, readonly Told[]]>([
      ['brings no ID token any more', [{ ...alice, access: 'a-7f' }, { access: 'a-7f' }]],
      ['brings the first ID token', [{ access: 'a-7f' }, { ...alice, access: 'a-7f' }]],
      ['brings an ID token now and then', [alice, { access: 'a-7f' }, alice, { access: 'a-7f' }]],
      [
        'is for another API, which knows the user by yet another name',
        [
          { ...alice, access: 'a-7f' },
          { access: 'b-03', aud: 'films' },
          { access: 'b-03', aud: 'films' },
        ],
      ],
      ['tells nothing at all', [alice, {}]],
    ])('a refresh that %s is kept, and the name stays as it was', async (_, told) => {
      const { profile, tab } = await renewed(mode, told)
      expect(profile.record.generation).toBe(told.length)
      const subject = told[0]?.id ?? told[0]?.access
      expect(tab.session.state).toMatchObject({ status: 'logged-in', subject })
      expect(tab.eventsOf('refresh-failed')).toEqual([])
    })

    test.each<readonly [string, readonly Told[]]>([
      ['an ID token of another user', [alice, { id: 'bob' }]],
      [
        'an ID token of another user, after answers without any',
        [{ ...alice, access: 'a-7f' }, { access: 'a-7f' }, { id: 'bob', access: 'a-7f' }],
      ],
      [
        'an access token of another user for the same API',
        [{ access: 'a-7f' }, { access: 'b-03' }],
      ],
      [
        'such an access token where the sign-in had an ID token',
        [{ ...alice, access: 'a-7f' }, { access: 'b-03' }],
      ],
    ])('a refresh that brings %s is discarded', async (_, told) => {
      const { profile, tab } = await renewed(mode, told)
      expect(profile.record.generation).toBe(told.length - 1)
      expect(tab.eventsOf('refreshed')).toHaveLength(told.length - 2)
    })
  },
)
