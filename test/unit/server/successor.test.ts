import { expect, onTestFinished, test, vi } from 'vitest'
import { createKit, drawKey } from './kit.ts'

async function setUp() {
  const kit = createKit()
  const { token, sid } = await kit.signIn()
  const key = drawKey()
  const successor = (await kit.refresh(token, { key })).token
  const ask = (shown: string, sent: string) => kit.refresh(shown, { key: sent })
  return { kit, token, sid, key, successor, ask, store: kit.store }
}

test('the successor of a token is another with each key, and with each sign-in', async () => {
  const { kit } = await setUp()
  const key = drawKey()
  const tokens = await Promise.all(
    [key, key, drawKey()].map(async (sent) => {
      const { token } = await kit.signIn()
      return (await kit.refresh(token, { key: sent })).token.split('.').at(-1)
    }),
  )
  expect(new Set(tokens).size).toBe(3)
})

test('a spent token whose own secret was invented gets no successor, even with the right key', async () => {
  const { token, key, successor, ask } = await setUp()
  const [sid, seq, family] = token.split('.')
  const invented = [sid, seq, family, drawKey().slice(0, 22)].join('.')
  expect(await ask(invented, key)).toMatchObject({ status: 409, token: '' })
  expect((await ask(successor, drawKey())).status).toBe(200)
})

test('what the store keeps is no token, and contains neither token nor key', async () => {
  const { token, sid, key, successor, store } = await setUp()
  const kept = JSON.stringify(await store.read(sid))
  const secrets = [token, successor].flatMap((each) => each.split('.').slice(2))
  for (const secret of [...secrets, key]) expect(kept).not.toContain(secret)
})

test('a runtime without node:crypto has the same hashes, so instances on both share their sessions', async () => {
  const { token, key, successor, ask } = await setUp()
  vi.stubGlobal('process', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  const again = await ask(token, key)
  const next = await ask(successor, drawKey())
  vi.unstubAllGlobals()
  expect(again.token).toBe(successor)
  expect((await ask(next.token, drawKey())).status).toBe(200)
})
