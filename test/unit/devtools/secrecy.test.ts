import { expect, test } from 'vitest'
import { devtools } from '../../../src/devtools/index.ts'
import type { DevtoolsFeature } from '../../../src/devtools/devtools.ts'
import { readDay, writeDay } from '../../../src/devtools/model/day-file.ts'
import { MISHAPS } from '../../../src/devtools/watch/mishaps.ts'
import type { Source } from '../../../src/devtools/watch/source.ts'
import type { SessionRecord } from '../../../src/core/record/record.ts'
import type { Tokens } from '../../../src/tokens.ts'
import { createProfile, type Profile } from '../../support/profile.ts'
import { refusal } from '../../support/backend.ts'

/** Every secret of the user that this browser has held or sent. */
function secretsOf({ browser, server }: Profile): readonly string[] {
  const secrets = new Set<unknown>(server.jar.values())
  for (const record of browser.written as readonly SessionRecord[]) {
    const { key, lastKey, sealed, sid, tombstone } = record
    for (const kept of [sealed, tombstone?.sealed] as (Tokens | undefined)[])
      secrets.add(kept?.accessToken).add(kept?.refreshToken)
    secrets.add(key).add(lastKey).add(sid).add(record.session)
  }
  for (const { headers, body, cookies } of server.sent) {
    secrets.add(headers.get('authorization')?.slice('Bearer '.length))
    secrets.add(headers.get('idempotency-key')).add(body['refresh_token'])
    for (const value of cookies.values()) secrets.add(value)
  }
  return [...secrets].filter((secret) => typeof secret === 'string' && secret !== '') as string[]
}

test.each(['cookie', 'body'] as const)(
  'of all tokens, keys and names of an eventful day, none is on the timeline or in the file, in %s mode',
  async (mode) => {
    const profile = createProfile({ mode })
    const sources: Source[] = []
    const open = async () => {
      const tools = devtools({ showPaths: true })
      const tab = await profile.openTab({ diagnostics: tools })
      ;(tools as DevtoolsFeature).watchSource((source) => source && sources.push(source))
      await profile.clock.advance(10)
      return tab
    }
    const [one, two] = [await open(), await open()]
    await one.session.login(profile.browser.signIn('alice'))
    await profile.browser.settle()
    const token = await two.session.getAccessToken()
    const call = (path: string): Promise<unknown> =>
      profile.during(
        20_000,
        two.session.authFetch(path).catch(() => undefined),
      )
    await call(`/api/me?code=${token}#${token}`)
    await call(`/reset/${token}/alice@example.com`)
    profile.server.next('/api/me', () => refusal())
    await call('/api/me')
    profile.server.next('/auth/refresh', () => new Response(null, { status: 503 }))
    await profile.expire()
    await call('/api/me')
    sources[0]?.cause('expire', true)
    await call('/api/me')
    await two.session.logout({ everywhere: true })
    await profile.browser.settle()

    const [source] = sources
    if (!source) throw new Error('There are tools')
    const diagnostics = await profile.during(2_000, source.collect())
    const { name, book } = source
    const file = writeDay({ name, at: book.now(), entries: book.entries(), diagnostics })
    expect(readDay(file).entries.length).toBeGreaterThan(20)
    expect(Object.keys(diagnostics)).toHaveLength(2)
    const secrets = secretsOf(profile)
    expect(secrets.length).toBeGreaterThan(5)
    for (const secret of [...secrets, 'alice', 'code='])
      expect(file.includes(secret), `the file holds ${secret}`).toBe(false)
  },
)

test('what another script of this origin posts between the tools is read as entries are, or not at all', async () => {
  const profile = createProfile()
  const open = async (): Promise<Source> => {
    const tools = devtools()
    await profile.openTab({ diagnostics: tools })
    await profile.clock.advance(10)
    let source: Source | null = null
    ;(tools as DevtoolsFeature).watchSource((each) => (source = each))
    return source as unknown as Source
  }
  const { name, book, mishaps } = await open()
  const { ports } = await open()
  const post = ports.openChannel(`${name}:devtools`, () => undefined)
  const entry = { id: 'evil.1', tab: 7, kind: 'call', at: 1, until: 2, outcome: 'good' }
  post?.post({ type: 'seen', entries: [{ ...entry, detail: { path: '/a?token=1', status: 200 } }] })
  post?.post({ type: 'seen', entries: 'all' })
  post?.post(null)
  post?.post({ type: 'mishap', mishap: 'format the disk', on: true })
  await profile.clock.advance(10)
  expect(book.entries().filter(({ tab }) => tab === 7)).toEqual([
    { ...entry, detail: { status: 200 } },
  ])
  expect(MISHAPS.filter(mishaps.isOn)).toEqual([])
})
