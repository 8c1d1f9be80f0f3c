import { createSessions } from '../../server/sessions.ts'
import type { SessionStore } from '../../server/store.ts'
import { must } from '../check-server/check.ts'
import { drawKey } from '../check-server/draw-key.ts'
import type { CreateStore, StoreCheck } from './store-contract.ts'

const AT_ONCE = 64

/** What a store promises when requests race and connections break, through the kit that it is for. */
export function raceChecks(createStore: CreateStore): readonly StoreCheck[] {
  return [
    {
      name: `gives ${AT_ONCE} refreshes with one key one successor`,
      async run() {
        const client = await signIn(await createStore())
        const key = drawKey()
        const answers = await atOnce(() => client.refresh(client.token, key))
        const tokens = new Set(answers.map(({ token }) => token))
        must(
          answers.every(({ status }) => status === 200),
          `They were answered ${statusesOf(answers)}.`,
        )
        must(tokens.size === 1, `They got ${tokens.size} successors.`)
        must(client.rows('S2') === 1, `The token was rotated ${client.rows('S2')} times.`)
        const next = await client.refresh(answers[0]?.token, drawKey())
        must(next.status === 200, `The successor was answered ${next.status}.`)
      },
    },
    {
      name: `serves one of ${AT_ONCE} refreshes with different keys, and takes the others for reuse`,
      async run() {
        const client = await signIn(await createStore())
        const answers = await atOnce(() => client.refresh(client.token, drawKey()))
        const served = answers.filter(({ status }) => status === 200)
        must(served.length === 1, `They were answered ${statusesOf(answers)}.`)
        must(client.rows('S2') === 1, `The token was rotated ${client.rows('S2')} times.`)
        must(client.rows('S7') === 1, `Reuse was found ${client.rows('S7')} times, not once.`)
        const { end } = (await client.find()) ?? {}
        must(end?.reason === 'reuse_detected', 'The session has not ended.')
      },
    },
    {
      name: 'lets no refresh undo a logout at the same moment',
      async run() {
        const client = await signIn(await createStore())
        const key = drawKey()
        const [ended, ...answers] = await Promise.all([
          client.logOut(),
          ...Array.from({ length: AT_ONCE }, () => client.refresh(client.token, key)),
        ])
        must(ended.status === 204, `The logout was answered ${ended.status}.`)
        must((await client.find())?.end !== undefined, 'The session lives on.')
        const tokens = [client.token, ...answers.map((answer) => answer.token)]
        for (const token of new Set(tokens.filter((each) => each !== undefined))) {
          const { status } = await client.refresh(token, key)
          must(status === 401, `A token of the session was answered ${status} after the logout.`)
        }
      },
    },
    {
      name: 'changes nothing if a request breaks off between read and write',
      async run() {
        const store = await createStore()
        const client = await signIn(store, { write: () => Promise.reject(new Error('cut off')) })
        const key = drawKey()
        must(await client.breaksOff(key), 'A refresh whose write failed was answered.')
        client.mend()
        const answer = await client.refresh(client.token, key)
        must(answer.status === 200, `The repeated refresh was answered ${answer.status}.`)
        must(client.rows('S2') === 1, 'The token had been rotated.')
      },
    },
    {
      name: 'gives the successor again if the answer to the write was lost',
      async run() {
        const store = await createStore()
        const client = await signIn(store, {
          async write(...args) {
            await store.write(...args)
            throw new Error('cut off')
          },
        })
        const key = drawKey()
        must(await client.breaksOff(key), 'A refresh whose write failed was answered.')
        client.mend()
        const answer = await client.refresh(client.token, key)
        must(client.rows('S4') === 1, `The repeated refresh was answered ${answer.status}.`)
        const next = await client.refresh(answer.token, drawKey())
        must(next.status === 200, `The successor was answered ${next.status}.`)
      },
    },
    {
      name: 'ends the oldest sessions of a subject beyond the limit, and no others',
      async run() {
        const store = await createStore()
        const sessions = createSessions({
          store,
          accessToken: () => 'access',
          maxSessionsPerSubject: 2,
        })
        const [subject, other] = [drawKey(), drawKey()]
        async function begin(of: string): Promise<string> {
          const signIn = { subject: of, delivery: 'body' } as const
          const answer = await read(await sessions.start(post('login', {}), signIn))
          // Sessions that begin in the same millisecond have no order.
          const startedAt = await store.now()
          while ((await store.now()) === startedAt);
          return answer.body['sid'] ?? ''
        }
        const [first, second, third] = [
          await begin(subject),
          await begin(subject),
          await begin(subject),
        ]
        await begin(other)
        const alive = (await sessions.list(subject)).map(({ sid }) => sid)
        must(
          alive.join() === [third, second].join(),
          `Of three sessions ${alive.length} live on, not the newest two.`,
        )
        const { end } = (await sessions.find(first)) ?? {}
        must(end?.reason === 'too_many_sessions', 'The oldest has not ended.')
        must((await sessions.list(other)).length === 1, 'That of another subject has ended.')
      },
    },
    {
      name: 'answers 503 with Retry-After if others are always faster, and the session lives',
      async run() {
        const store = await createStore()
        const client = await signIn(store, { write: () => Promise.resolve(false) })
        const answer = await client.refresh(client.token, drawKey())
        must(answer.status === 503, `It was answered ${answer.status}.`)
        must(answer.retryAfter !== null, 'There is no Retry-After.')
        client.mend()
        const next = await client.refresh(client.token, drawKey())
        must(next.status === 200, `Afterwards the token was answered ${next.status}.`)
      },
    },
  ]
}

interface Answer {
  readonly status: number
  readonly token: string | undefined
  readonly retryAfter: string | null
}

/** Signs in by the kit. Once that is done, `faults` replace methods of the store until `mend` is called. */
async function signIn(store: SessionStore, faults: Partial<SessionStore> = {}) {
  let used = store
  const audited: unknown[] = []
  const sessions = createSessions({
    store: {
      now: () => used.now(),
      read: (sid) => used.read(sid),
      write: (document, keepUntil) => used.write(document, keepUntil),
      list: (subject) => used.list(subject),
      endedSince: (since) => used.endedSince(since),
    },
    accessToken: () => 'access',
    audit: ({ row }) => audited.push(row),
  })
  const login = post('login', {})
  const begun = await sessions.start(login, {
    subject: drawKey(),
    data: undefined,
    delivery: 'body',
  })
  const { sid, refresh_token: token } = (await begun.json()) as Record<string, string>
  used = { ...store, ...faults }

  const client = {
    token,
    async refresh(shown: string | undefined, key: string): Promise<Answer> {
      const request = post('refresh', { refresh_token: shown }, { 'idempotency-key': key })
      const { status, headers, ...answer } = await read(await sessions.refresh(request))
      return { status, token: answer.body['refresh_token'], retryAfter: headers.get('retry-after') }
    },
    /** Whether a refresh rejects, as it does if the store does. */
    breaksOff: (key: string) =>
      client.refresh(token, key).then(
        () => false,
        () => true,
      ),
    logOut: () => sessions.logout(post('logout', { refresh_token: token, sid })),
    find: () => sessions.find(sid ?? ''),
    /** How many requests were answered by a row of the refresh table. */
    rows: (row: string) => audited.filter((each) => each === row).length,
    mend() {
      used = store
    },
  }
  return client
}

function post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Request {
  const url = `https://contract.test/auth/${path}`
  return new Request(url, { method: 'POST', body: JSON.stringify(body), headers })
}

async function read(response: Response) {
  const { status, headers } = response
  return { status, headers, body: (await response.json()) as Record<string, string> }
}

function atOnce<Result>(work: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, work))
}

function statusesOf(answers: readonly Answer[]): string {
  return [...new Set(answers.map(({ status }) => status))].join(', ')
}
