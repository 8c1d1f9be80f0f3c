import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  blocksOf,
  canonicalAddress,
  networkOf,
} from '../../demo/extensions/protection/network-of.ts'
import { isAlive, logIn, post, read, type Answer, type Session } from './clients.ts'
import { onEachDatabase, onPostgres, type TestServer } from './harness.ts'

interface Listed {
  readonly sid: string
  readonly address: string
  readonly networks: readonly string[]
  readonly moved_at: string | null
}

/** Every test comes from this machine, which here is a proxy. */
const PROXY = { trustedProxies: ['127.0.0.0/8', '10.0.0.1'] }

onEachDatabase((start) => {
  test('the list tells where each session was seen last, and when it came from another network', async () => {
    const server = await start(PROXY)
    const phone = await signInFrom(server, '192.0.2.1')
    expect(await listed(server, phone)).toMatchObject({
      address: '192.0.2.1',
      networks: ['192.0.2.0/24'],
      moved_at: null,
    })
    let leaf = await refreshFrom(server, phone, '192.0.2.99')
    expect(await listed(server, leaf)).toMatchObject({ address: '192.0.2.99', moved_at: null })
    leaf = await refreshFrom(server, leaf, '2001:db8:1:2::3')
    const moved = await listed(server, leaf)
    expect(moved).toMatchObject({
      address: '2001:db8:1:2::3',
      networks: ['192.0.2.0/24', '2001:db8:1::/48'],
    })
    expect(Date.parse(moved.moved_at ?? '')).toBeGreaterThan(0)
    // It goes home, where it is no news.
    leaf = await refreshFrom(server, leaf, '192.0.2.1')
    const { networks, moved_at } = moved
    expect(await listed(server, leaf)).toMatchObject({ address: '192.0.2.1', networks, moved_at })
  })

  test('of many networks the last ones are remembered', async () => {
    const server = await start(PROXY)
    let leaf = await signInFrom(server, '198.51.0.1')
    for (let n = 1; n <= 9; n++) leaf = await refreshFrom(server, leaf, `198.51.${n}.1`)
    expect((await listed(server, leaf)).networks).toEqual(
      Array.from({ length: 8 }, (_, n) => `198.51.${n + 2}.0/24`),
    )
  })

  test('all others can be ended at once, and only those of the account', async () => {
    const server = await start()
    const own = await logIn(server, 'body')
    const others = [await logIn(server, 'body', own), await logIn(server, 'body', own)]
    const stranger = await logIn(server, 'body')
    const headers = { authorization: `Bearer ${own.accessToken}`, 'x-requested-with': 'test' }
    const answer = await fetch(`${server.url}/auth/sessions`, { method: 'DELETE', headers })
    expect(await answer.json()).toEqual({ ended: 2 })
    for (const other of others) expect(await isAlive(server, other)).toBe(false)
    expect(await isAlive(server, own)).toBe(true)
    expect(await isAlive(server, stranger)).toBe(true)
  })
})

onPostgres((start) => {
  test.each([
    ['nobody, and says nothing', {}, undefined, '127.0.0.1'],
    ['nobody, and lies', {}, '192.0.2.1', '127.0.0.1'],
    ['a proxy', PROXY, '192.0.2.1', '192.0.2.1'],
    ['a proxy that got a lie', PROXY, '198.51.100.1, 192.0.2.1', '192.0.2.1'],
    ['a proxy behind another', PROXY, '192.0.2.1, 10.0.0.1', '192.0.2.1'],
    ['a proxy whose client is no address', PROXY, 'unknown', '127.0.0.1'],
    ['a proxy that speaks IPv6 of IPv4', PROXY, '::ffff:192.0.2.1', '192.0.2.1'],
    ['a proxy that writes IPv4 in hexadecimal', PROXY, '::ffff:c000:201', '192.0.2.1'],
  ])('a request comes by way of %s', async (_, settings, forwarded, address) => {
    const server = await start(settings)
    const session = await signInFrom(server, forwarded)
    expect(await listed(server, session)).toMatchObject({ address })
  })

  test('guesses are counted by the address behind the proxy', async () => {
    const server = await start({ ...PROXY, attemptsPerAddress: 2 })
    const guess = (address: string) => guessFrom(server, address)
    const statuses = async (address: string) => [
      (await guess(address)).status,
      (await guess(address)).status,
      (await guess(address)).status,
    ]
    expect(await statuses('203.0.113.1')).toEqual([401, 401, 429])
    expect(await statuses('203.0.113.2')).toEqual([401, 401, 429])
    // One customer has all addresses that begin so.
    const [one, neighbour] = ['2001:db8:1:2', '2001:db8:1:3']
    expect((await guess(`${one}::1`)).status).toBe(401)
    expect((await guess(`${one}:ffff::2`)).status).toBe(401)
    expect((await guess(`${one}::3`)).status).toBe(429)
    expect((await guess(`${neighbour}::1`)).status).toBe(401)
  })

  test.each(['::ffff:203.0.113.9', '::ffff:cb00:7109', '::FFFF:CB00:7109', '64:ff9b::cb00:7109'])(
    'guesses from %s count as those of the IPv4 address in it',
    async (spelling) => {
      const server = await start({ ...PROXY, attemptsPerAddress: 1 })
      await server.database.query('DELETE FROM attempts')
      expect((await guessFrom(server, spelling)).status).toBe(401)
      expect((await guessFrom(server, '203.0.113.9')).status).toBe(429)
    },
  )

  test('a whole /48 has the attempts of ten of its /64, and those next to it have their own', async () => {
    const server = await start({ ...PROXY, attemptsPerAddress: 2 })
    const guessIn = async (network: string, n: number) =>
      (await guessFrom(server, `${network}:${n.toString(16)}::1`)).status
    for (let n = 1; n <= 20; n++) expect(await guessIn('2001:db8:aaaa', n)).toBe(401)
    expect(await guessIn('2001:db8:aaaa', 21)).toBe(429)
    expect(await guessIn('2001:db8:bbbb', 21)).toBe(401)
  })

  test('one /64 that is refused uses up nothing of its /48', async () => {
    const server = await start({ ...PROXY, attemptsPerAddress: 1 })
    expect((await guessFrom(server, '2001:db8:cccc:1::1')).status).toBe(401)
    for (let n = 0; n < 10; n++)
      expect((await guessFrom(server, '2001:db8:cccc:1::1')).status).toBe(429)
    expect((await guessFrom(server, '2001:db8:cccc:2::1')).status).toBe(401)
  })
})

describe('the network of an address', () => {
  test.each([
    ['192.0.2.200', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:DB8:0001::1', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['1::2:3:4:5:6:7', '1:0:2::/48'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

test.each([
  ['192.0.2.200', ['192.0.2.200']],
  ['2001:db8:1:2:3:4:5:6', ['2001:db8:1::/48', '2001:db8:1:2::/64']],
  ['2001:DB8:1:0002::192.0.2.200', ['2001:db8:1::/48', '2001:db8:1:2::/64']],
  ['::ffff:192.0.2.200', ['192.0.2.200']],
  ['::ffff:c000:2c8', ['192.0.2.200']],
  ['0:0:0:0:0:FFFF:C000:02C8', ['192.0.2.200']],
  ['64:ff9b::c000:2c8', ['192.0.2.200']],
  ['64:ff9b::192.0.2.200', ['192.0.2.200']],
  ['unknown', ['unknown']],
])('attempts from %s are counted by %s', (address, blocks) => {
  expect(blocksOf(address).map(({ block }) => block)).toEqual(blocks)
})

test.each([
  ['2001:DB8:0:0::0001', '2001:db8::1'],
  ['2001:db8::192.0.2.1', '2001:db8::c000:201'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::FFFF:192.0.2.200', '192.0.2.200'],
  ['::ffff:c000:2c8', '192.0.2.200'],
  ['0:0:0:0:0:ffff:c000:2c8', '192.0.2.200'],
  ['unknown', 'unknown'],
])('the address %s is spelled %s', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical)
})

/** Guesses at a name that nobody has, and that is not guessed at twice. */
function guessFrom(server: TestServer, address: string): Promise<Answer> {
  const body = { username: randomUUID(), password: 'wrong' }
  return post(server, '/auth/login', body, forwarded(address))
}

function forwarded(address: string | undefined): Readonly<Record<string, string>> {
  return address === undefined ? {} : { 'x-forwarded-for': address }
}

async function signInFrom(server: TestServer, address: string | undefined): Promise<Session> {
  const wish = await logIn(server, 'body')
  const { username, password } = wish
  const body = { username, password, delivery: 'body', refresh_token: wish.token }
  return sessionOf(wish, await post(server, '/auth/login', body, forwarded(address)))
}

async function refreshFrom(server: TestServer, leaf: Session, address: string): Promise<Session> {
  const body = { sid: leaf.sid, seq: leaf.seq, refresh_token: leaf.token }
  return sessionOf(leaf, await post(server, '/auth/refresh', body, forwarded(address)))
}

function sessionOf(known: Session, answer: Answer): Session {
  const {
    sid = '',
    seq = 0,
    refresh_token: token = '',
    access_token: accessToken = '',
  } = answer.body
  return { ...known, sid, seq, token, accessToken, answer }
}

async function listed(server: TestServer, { accessToken, sid }: Session): Promise<Listed> {
  const headers = { authorization: `Bearer ${accessToken}` }
  const { body } = await read(await fetch(`${server.url}/auth/sessions`, { headers }))
  const found = (body['sessions'] as readonly Listed[]).find((each) => each.sid === sid)
  if (found === undefined) throw new Error('The session is not on the list.')
  return found
}
