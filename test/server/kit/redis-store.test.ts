import { afterAll, beforeAll, expect, test } from 'vitest'
import { redisStore } from '../../../src/server/index.ts'
import { agedDocument, drawName, writeCopy } from './documents.ts'
import { openRedis } from './stores.ts'

const DAY_MS = 86_400_000

let open: Awaited<ReturnType<typeof openRedis>>
beforeAll(async () => {
  open = await openRedis()
})
afterAll(() => open.close())

test('forgets the sessions of a subject that are long over, although new ones begin', async () => {
  const { store, command } = open
  const document = await agedDocument()
  const subject = drawName()
  const over = { subject, sessionEndsAt: (await store.now()) - 2 * DAY_MS }
  for (let n = 0; n < 5; n++) await writeCopy(store, document, over)
  const [first, second] = [
    await writeCopy(store, document, { subject }),
    await writeCopy(store, document, { subject }),
  ]
  const sids = (await command('ZRANGE', `latchkey:subject:${subject}`, '0', '-1')) as string[]
  expect(new Set(sids)).toEqual(new Set([first.sid, second.sid]))
})

test('forgets a session, and a subject without any, when time has passed', async () => {
  const { store, command } = open
  const { sid, subject, sessionEndsAt } = await writeCopy(store, await agedDocument())
  const times = await Promise.all(
    [`session:${sid}`, `subject:${subject}`].map((key) =>
      command('PEXPIRETIME', `latchkey:${key}`),
    ),
  )
  expect(times).toEqual([sessionEndsAt, sessionEndsAt + DAY_MS])
})

test('names one key in each command, as a cluster wants it', async () => {
  const commands: string[][] = []
  const store = redisStore((...args) => {
    commands.push(args)
    return open.command(...args)
  })
  const document = await writeCopy(store, await agedDocument())
  const end = { at: document.startedAt, reason: 'test', until: document.startedAt }
  await store.write({ ...document, version: 2, end }, document.sessionEndsAt)
  await store.list(document.subject)
  await store.endedSince(end.at)
  await store.read(document.sid)
  const keys = commands.map((args) => args.filter((arg) => arg.startsWith('latchkey:')).length)
  expect(keys.every((count) => count <= 1)).toBe(true)
  expect(new Set(commands.map(([name]) => name))).toEqual(
    new Set(['EVAL', 'GET', 'TIME', 'ZRANGE']),
  )
})

test('keeps its keys under another prefix', async () => {
  const { command } = open
  const written = await writeCopy(redisStore(command, { prefix: 'app:' }), await agedDocument())
  expect(await command('EXISTS', `app:session:${written.sid}`)).toBe(1)
  expect(await redisStore(command).read(written.sid)).toBeUndefined()
})
