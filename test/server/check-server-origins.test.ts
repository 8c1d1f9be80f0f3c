import { expect, test } from 'vitest'
import {
  checkServer,
  type ReportRow,
  type ServerReport,
} from '../../src/testing/check-server/check-server.ts'
import { createOrdinaryServer, type OrdinaryServerOptions } from '../support/ordinary-server.ts'
import { ORDINARY_USER } from '../support/ordinary-user.ts'

const OTHER_SITE = 'https://app.other.example'
const SAME_SITE = 'https://www.app.example'
const FOR_ALL_SITES = { secure: true, sameSite: 'None' } as const

test.each([
  { secure: true, sameSite: 'Strict' },
  { secure: true, sameSite: 'Lax' },
  { secure: false, sameSite: 'None' },
] as const)('a page of another site is never sent a cookie with %o', async (cookie) => {
  const report = await check(OTHER_SITE, { cookie })
  expect(rowOf(report, 'cors-friends')).toMatchObject({
    held: 'no',
    harm: 'session-lost',
    detail: expect.stringContaining('SameSite=None; Secure') as string,
  })
})

test('a page of another site is served with SameSite=None; Secure, and no promise asks for Strict then', async () => {
  const report = await check(OTHER_SITE, { cookie: FOR_ALL_SITES })
  expect(rowOf(report, 'cors-friends')?.held).toBe('yes')
  expect(rowOf(report, 'cookie-same-site')?.held).toBe('not applicable')
  expect(report.settings.why.join(' ')).toContain('Safari')
})

test('another origin of the same site is served with SameSite=Strict', async () => {
  const report = await check(SAME_SITE)
  expect(rowOf(report, 'cors-friends')?.held).toBe('yes')
  expect(rowOf(report, 'cookie-same-site')?.held).toBe('yes')
  expect(report.settings.why.join(' ')).not.toContain('Safari')
})

test('without pages of another site, SameSite=None is a broken promise', async () => {
  const report = await check(SAME_SITE, { cookie: FOR_ALL_SITES })
  expect(rowOf(report, 'cookie-same-site')?.held).toBe('no')
})

test('where tokens travel in bodies, no cookie is asked for', async () => {
  const report = await check(OTHER_SITE, { delivery: 'body' })
  expect(rowOf(report, 'cors-friends')?.held).toBe('yes')
  expect(report.settings.why.join(' ')).not.toContain('credentials')
})

test('a server that allows all origins is told that browsers want the exact one with credentials', async () => {
  const report = await check(SAME_SITE, { allows: '*' })
  expect(rowOf(report, 'cors-friends')).toMatchObject({
    held: 'no',
    detail: expect.stringContaining('not the exact origin') as string,
  })
})

test('with cookies of another origin, the report says how the login has to be fetched', async () => {
  const { settings } = await check(SAME_SITE)
  expect(settings.code).toBe(`cookieTransport('https://app.example/auth')`)
  expect(settings.why.join(' ')).toContain(`credentials: 'include'`)
})

function check(origin: string, options: OrdinaryServerOptions = {}): Promise<ServerReport> {
  const app = createOrdinaryServer({ allows: origin, ...options })
  return checkServer('https://app.example/auth', ORDINARY_USER, {
    origin,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  })
}

function rowOf({ rows }: ServerReport, wanted: string): ReportRow | undefined {
  return rows.find(({ id }) => id === wanted)
}
