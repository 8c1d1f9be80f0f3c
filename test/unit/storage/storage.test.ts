import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { jsonTransport, memoryStorage, recordStorage, type Tokens } from '../../../src/index.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { settle } from '../../support/settle.ts'
import { json } from '../../support/fake-server.ts'
import { createRealWork } from '../../support/pass-time.ts'

// Not `secret`, which is the type of a CryptoKey.
const SECRET = 'hush-hush'

const TOKENS: Tokens = {
  accessToken: `${SECRET}-access`,
  refreshToken: `${SECRET}-refresh-ü`,
  expiresInMs: 600_000,
  subject: null,
  sequence: 3,
}

/** The members of a value, and the bytes of its buffers as text. */
function readable(value: unknown): string {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('latin1')
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer as ArrayBuffer).toString('latin1')
  if (value === null || typeof value !== 'object' || value instanceof CryptoKey)
    return inspect(value, { depth: 9, showHidden: true })
  return Object.values(value).map(readable).join('\n')
}

/** Runs `work` without `crypto.subtle`, as on plain http. */
async function withoutSubtle(work: () => Promise<void>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: { getRandomValues: crypto.getRandomValues.bind(crypto) },
  })
  try {
    await work()
  } finally {
    if (before) Object.defineProperty(globalThis, 'crypto', before)
  }
}

test('sealed tokens can be opened again, also after they were stored in a database', async () => {
  const { seal, open } = recordStorage()
  const sealed = await seal(TOKENS)
  expect(await open(sealed)).toEqual(TOKENS)
  expect(await open(structuredClone(sealed))).toEqual(TOKENS)
  // Another page load, another storage.
  expect(await recordStorage().open(structuredClone(sealed))).toEqual(TOKENS)
})

test('sealed tokens contain no token in plain text', async () => {
  const sealed = await recordStorage().seal(TOKENS)
  expect(readable(TOKENS)).toContain(SECRET)
  expect(readable(sealed)).not.toContain(SECRET)
  expect(inspect(sealed, { depth: 9, showHidden: true })).not.toContain(SECRET)
})

test('the key cannot be exported, and each seal has a new one', async () => {
  const { seal } = recordStorage()
  const [one, other] = (await Promise.all([seal(TOKENS), seal(TOKENS)])) as {
    readonly key: CryptoKey
    readonly iv: Uint8Array
    readonly data: ArrayBuffer
  }[]
  if (!one || !other) throw new Error('Nothing was sealed')
  expect(one.key.extractable).toBe(false)
  expect(one.key.usages.toSorted()).toEqual(['decrypt', 'encrypt'])
  await expect(crypto.subtle.exportKey('raw', one.key)).rejects.toThrow()
  expect(Buffer.from(one.iv).equals(Buffer.from(other.iv))).toBe(false)
  expect(Buffer.from(one.data).equals(Buffer.from(other.data))).toBe(false)
})

test('open resolves to null for damaged data, another key, and anything else', async () => {
  const { seal, open } = recordStorage()
  const sealed = (await seal(TOKENS)) as Record<string, unknown>
  const other = (await seal(TOKENS)) as Record<string, unknown>
  const damaged = new Uint8Array(sealed['data'] as ArrayBuffer).map((byte) => byte ^ 1).buffer
  for (const value of [
    { ...sealed, data: damaged },
    { ...sealed, key: other['key'] },
    { ...sealed, iv: other['iv'] },
    { ...sealed, key: 'no key' },
    { ...sealed, data: undefined },
    null,
    undefined,
  ]) {
    expect(await open(value)).toBeNull()
  }
})

test('without crypto.subtle tokens are stored in plain text, and can be opened', async () => {
  await withoutSubtle(async () => {
    const { seal, open } = recordStorage()
    expect(await seal(TOKENS)).toEqual(TOKENS)
    expect(await open(structuredClone(await seal(TOKENS)))).toEqual(TOKENS)
  })
})

test('open resolves to null without crypto.subtle if the tokens were sealed with it', async () => {
  const { seal, open } = recordStorage()
  const sealed = await seal(TOKENS)
  await withoutSubtle(async () => {
    expect(await open(sealed)).toBeNull()
  })
})

test('memoryStorage leaves nothing of a token in the record', async () => {
  const { seal, open } = memoryStorage()
  expect(await seal(TOKENS)).toBeNull()
  expect(await open(null)).toBeNull()
})

test('memoryStorage tells every tab that the access token is a cookie', async () => {
  const { seal, open } = memoryStorage()
  const sealed = await seal({ ...TOKENS, accessToken: null })
  expect(JSON.stringify(sealed)).not.toContain(SECRET)
  expect(await open(sealed)).toEqual({ accessToken: null })
})

test('a readable refresh token is in neither record nor mirror in plain text, and is restored after a reload', async () => {
  const { watched, passTimeUntil } = createRealWork()
  const { kind, seal, open } = recordStorage()
  const bodies: unknown[] = []
  const browser = createVirtualBrowser({
    session: {
      transport: jsonTransport('/auth'),
      storage: { kind, seal: watched(seal), open: watched(open) },
      fetch: (_, init) => {
        bodies.push(JSON.parse(init?.body as string))
        return Promise.resolve(json({ access_token: `${SECRET}-access-2`, expires_in: 600 }))
      },
    },
  })
  const first = browser.openTab()
  await passTimeUntil(first.session.ready, browser.clock)
  const login = first.session.login({
    access_token: `${SECRET}-access`,
    refresh_token: `${SECRET}-refresh`,
    expires_in: 600,
  })
  await passTimeUntil(login, browser.clock)
  expect(browser.stored.record).toMatchObject({ status: 'logged-in' })
  expect(readable(browser.stored.record)).not.toContain(SECRET)
  expect(browser.stored.mirror).not.toContain(SECRET)

  first.close()
  const next = browser.openTab()
  await passTimeUntil(next.session.ready, browser.clock)
  const { session } = next
  expect(await passTimeUntil(session.getAccessToken(), browser.clock)).toBe(`${SECRET}-access`)
  const renewed = session.getAccessToken({ forceRefresh: true })
  expect(await passTimeUntil(renewed, browser.clock)).toBe(`${SECRET}-access-2`)
  // The server did not rotate: the token it was shown stays the one to show (RFC 6749 §6).
  const again = session.getAccessToken({ forceRefresh: true })
  await passTimeUntil(again, browser.clock)
  await settle()
  expect(bodies).toMatchObject([
    { refresh_token: `${SECRET}-refresh` },
    { refresh_token: `${SECRET}-refresh` },
  ])
})
