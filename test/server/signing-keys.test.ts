import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../../demo/config.ts'
import { findKeyEncryptionKeys } from '../../demo/extensions/signing-keys/key-encryption-key.ts'
import type { StartOptions } from '../../demo/start-server.ts'
import { slowness } from '../support/patience.ts'
import { copyTemplate } from '../support/pglite.ts'
import { logIn, read, refresh } from './clients.ts'
import { onEachDatabase, type Start, type TestServer } from './harness.ts'

/** Longer on a slow machine, on which a request can take as long as a key should live. */
const slow = Math.min(3, slowness())
/** Looked after ten times a second. */
const SHORT = {
  accessTtlS: slow,
  renewTtlS: slow,
  refreshTtlS: 2 * slow,
  keyTtlS: slow,
  keyLeadS: 0.4 * slow,
}

onEachDatabase((start) => {
  test('a key is published before it signs, signs for its time, and is forgotten with its last token', async () => {
    // Long enough for a slow machine to look at least once between the two moments.
    const server = await alone(start, { ...SHORT, keyLeadS: 0.8 * slow })
    const session = await logIn(server, 'body')
    const first = kidOf(session.accessToken)
    const seen: { signs: string; published: readonly string[] }[] = []
    let { token, accessToken } = {
      token: session as Parameters<typeof refresh>[2],
      accessToken: '',
    }
    await expect
      .poll(
        async () => {
          const published = await publishedBy(server)
          const answer = await refresh(server, 'body', token)
          token = answer.token ?? token
          accessToken = answer.body.access_token ?? ''
          expect((await callMe(server, accessToken)).status).toBe(200)
          seen.push({ signs: kidOf(accessToken), published })
          return published.includes(first)
        },
        { interval: 50 },
      )
      .toBe(false)
    const [before, next] = [...new Set(seen.map(({ signs }) => signs))]
    expect(before).toBe(first)
    const announced = seen.findIndex(({ published }) => published.includes(next ?? ''))
    const signing = seen.findIndex(({ signs }) => signs === next)
    expect(announced).toBeLessThan(signing)
    expect(seen[signing]?.published).toContain(first)
  })

  test('instances draw one key together, sign with the same one, and believe each other’s tokens', async () => {
    const { database } = await start()
    await database.query('DELETE FROM signing_keys')
    const servers = await Promise.all(
      Array.from({ length: 5 }, () => start({ ...SHORT, accessTtlS: 60, refreshTtlS: 60 })),
    )
    expect(await database.query('SELECT kid FROM signing_keys')).toHaveLength(1)
    const [one] = servers as [TestServer]
    const session = await logIn(one, 'body')
    const before = await publishedBy(one)
    // All five are due at the same moment.
    await expect
      .poll(async () => (await publishedBy(one)).filter((kid) => !before.includes(kid)))
      .not.toEqual([])
    // If two of them had drawn a key, these would sign within the time of one.
    const apart = await database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM signs_from - lag(signs_from) OVER (ORDER BY signs_from))::float8 AS seconds
       FROM signing_keys ORDER BY signs_from OFFSET 1`,
    )
    for (const { seconds } of apart) expect(seconds).toBeGreaterThanOrEqual(SHORT.keyTtlS)
    for (const server of servers)
      await expect.poll(() => callMe(server, session.accessToken)).toMatchObject({ status: 200 })
  })

  test('what an unknown key has signed is looked up once in a while, not for each token', async () => {
    const server = await start()
    const { accessToken } = await logIn(server, 'body')
    const statements: string[] = []
    const { database } = server
    const other = await start({
      database: {
        ...database,
        query: (statement, parameters) => {
          statements.push(statement)
          return database.query(statement, parameters)
        },
      },
    })
    await expect.poll(() => statements.join()).toContain('DELETE FROM attempts')
    // However long the requests take, no time passes in which it might look again.
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    statements.length = 0
    const [, payload = '', signature = ''] = accessToken.split('.')
    for (let n = 0; n < 100; n++) {
      const header = { alg: 'ES256', typ: 'at+jwt', kid: `unknown-${n}` }
      const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
      expect((await callMe(other, [encoded, payload, signature].join('.'))).status).toBe(401)
      expect((await callMe(other, accessToken)).status).toBe(200)
    }
    expect(statements.length).toBeLessThanOrEqual(1)
  })

  test('the database holds no private half that is not sealed, and none that has signed its last', async () => {
    const server = await alone(start, SHORT)
    const firstKid = (await publishedBy(server))[0]
    await expect
      .poll(
        () =>
          server.database.query('SELECT sealed_jwk FROM signing_keys WHERE kid = $1', [firstKid]),
        { interval: 50 },
      )
      .toEqual([{ sealed_jwk: null }])
    const rows = await server.database.query('SELECT * FROM signing_keys')
    expect(JSON.stringify(rows)).not.toContain('"d"')
    expect(JSON.stringify(rows)).not.toContain('\\"d\\"')
  })

  test('a server with another encryption key says so, and does not start; one that has both does', async () => {
    const server = await alone(start)
    const [old, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    await server.database.query('DELETE FROM signing_keys')
    await start({ keyEncryptionKeys: [old] })
    await expect(start({ keyEncryptionKeys: [other] })).rejects.toThrow('KEY_ENCRYPTION_KEY')
    await start({ keyEncryptionKeys: [other, old] })
  })
})

describe('the key that signing keys are sealed under', () => {
  const given = Buffer.alloc(32, 3).toString('base64')

  test('comes from the environment', () => {
    const config = readConfig({ KEY_ENCRYPTION_KEY: `${given}, ${given}` })
    expect(findKeyEncryptionKeys(config).map((key) => Buffer.from(key).toString('base64'))).toEqual(
      [given, given],
    )
  })

  test.each(['short', given.slice(0, -4), `${given}AA`, 'not base64, at all'])(
    'is refused if it is none, and not repeated: %s',
    (text) => {
      const read = () => readConfig({ KEY_ENCRYPTION_KEY: text })
      expect(read).toThrow('KEY_ENCRYPTION_KEY must be 32 bytes in base64')
      expect(read).not.toThrow(text)
    },
  )

  test('is a file otherwise, drawn once, which only its owner can read', () => {
    const dataDir = copyTemplate()
    onTestFinished(() => rmSync(dataDir, { recursive: true }))
    const find = () => findKeyEncryptionKeys({ keyEncryptionKeys: [], dataDir })
    const [first] = find()
    expect(first).toHaveLength(32)
    expect(find()).toEqual([first])
    const file = join(dataDir, 'key-encryption-key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toBe(Buffer.from(first).toString('base64'))
  })
})

/** Starts a server whose database has no keys but its own. */
async function alone(start: Start, options?: StartOptions): Promise<TestServer> {
  const server = await start(options)
  await server.database.query('DELETE FROM signing_keys')
  return start(options)
}

async function publishedBy({ url }: TestServer): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { readonly keys: readonly { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

async function callMe({ url }: TestServer, token: string) {
  return read(await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }))
}

function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? ''
}
