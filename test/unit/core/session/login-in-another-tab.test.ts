import { expect, test } from 'vitest'
import { createProfile } from '../../../support/profile.ts'

test.each(['cookie', 'body'] as const)(
  'a login in one tab brings its token to the others without a refresh, in %s mode',
  async (mode) => {
    const profile = createProfile({ mode })
    const [first, ...others] = [
      await profile.openTab(),
      await profile.openTab(),
      await profile.openTab(),
    ]
    const tokens = others.map(
      ({ session }) =>
        new Promise((resolve) => {
          // As an application does that loads its data as soon as somebody is signed in.
          session.on('started', () => resolve(session.getAccessToken()))
        }),
    )
    profile.server.forget()

    await profile.during(5_000, first.session.login(profile.server.signIn('alice')))

    const token = await first.session.getAccessToken()
    expect(await Promise.all(tokens)).toEqual([token, token])
    expect(profile.server.refreshes).toEqual([])
  },
)
