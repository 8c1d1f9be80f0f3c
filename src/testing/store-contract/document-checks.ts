import { must } from '../check-server/check.ts'
import {
  begin,
  drawName,
  ended,
  HOUR_MS,
  mustEqual,
  mustList,
  mustRead,
  sample,
  write,
} from './samples.ts'
import type { CreateStore, StoreCheck } from './store-contract.ts'

const AT_ONCE = 64

/** Data that a column, a script or a codec may change: JSON text has to come back as it went. */
const ODD_DATA = {
  text: `"'\\\`$1 %s ? : {} \u0000 \u2028 \ud83d\ude00 ü`,
  loneSurrogate: '\ud800',
  numbers: [0, -1, 0.1, 2 ** 53 - 1, 1e21],
  nothing: null,
  empty: [{}, [], ''],
  '': 'no name',
}
const ODD_SUBJECTS = ['a b', `o'hara`, 'ü', '100%', 'a_b', '{a}:*', 'a\\b', 'x'.repeat(200)]

/** What a store promises about documents, one after another. */
export function documentChecks(createStore: CreateStore): readonly StoreCheck[] {
  return [
    {
      name: 'reads a document as it was written',
      async run() {
        const store = await createStore()
        const document = await begin(store, { data: ODD_DATA })
        await mustRead(store, document)
        const next = { ...document, version: 2 }
        must(await write(store, next), 'Version 2 was not written over version 1.')
        await mustRead(store, next)
        must((await store.read(drawName())) === undefined, 'It found a session that is not there.')
      },
    },
    {
      name: 'tells the time in whole epoch milliseconds, and with each document when it was read',
      async run() {
        const store = await createStore()
        const { sid } = await begin(store)
        const before = await store.now()
        const { readAt } = (await store.read(sid)) ?? {}
        const after = await store.now()
        must(before > 1e12, 'now() must count milliseconds since 1970.')
        must(
          readAt !== undefined && before <= readAt && readAt <= after,
          'readAt must be a time of now().',
        )
        must(
          [before, readAt, after].every(Number.isInteger),
          'There are fractions of milliseconds.',
        )
      },
    },
    {
      name: 'writes version 1 only if there is no document',
      async run() {
        const store = await createStore()
        const document = await begin(store)
        must(!(await write(store, { ...document, data: 'other' })), 'It was written over another.')
        await mustRead(store, document)
      },
    },
    {
      name: 'writes a version only over the one before',
      async run() {
        const store = await createStore()
        const document = await begin(store)
        for (const version of [3, 4]) {
          const tooNew = await write(store, { ...document, version })
          must(!tooNew, `Version ${version} was written over version 1.`)
        }
        must(
          !(await write(store, { ...document, sid: drawName(), version: 2 })),
          'Version 2 was written where there was none.',
        )
        await mustRead(store, document)
        const next = { ...document, version: 2, seq: 2, data: 'changed' }
        must(await write(store, next), 'Version 2 was not written over version 1.')
        await mustRead(store, next)
        must(!(await write(store, { ...next, data: 'late' })), 'Version 2 was written twice.')
        await mustRead(store, next)
      },
    },
    {
      name: `of ${AT_ONCE} writes of one version at once, takes one`,
      async run() {
        const store = await createStore()
        const first = { ...(await sample(store)), version: 1 }
        for (const version of [1, 2, 3]) {
          const documents = Array.from({ length: AT_ONCE }, (_, n) => ({
            ...{ ...first, version, data: n },
          }))
          const written = await Promise.all(documents.map((document) => write(store, document)))
          const winners = documents.filter((_, n) => written[n])
          must(winners.length === 1, `Version ${version} was written ${winners.length} times.`)
          for (const winner of winners) await mustRead(store, winner)
        }
      },
    },
    {
      name: 'tells names apart that differ only in case',
      async run() {
        const store = await createStore()
        const name = drawName()
        const lower = await begin(store, { sid: `a${name}`, subject: `a${name}` })
        const upper = await begin(store, { sid: `A${name}`, subject: `A${name}` })
        await mustRead(store, lower)
        await mustRead(store, upper)
        await mustList(store, lower.subject, [lower])
      },
    },
    {
      name: 'lists the sessions of a subject as they are now, those that have ended too, and no others',
      async run() {
        const store = await createStore()
        const name = drawName()
        for (const subject of ODD_SUBJECTS.map((odd) => odd + name)) {
          await mustList(store, subject, [])
          const documents = [await begin(store, { subject }), await begin(store, { subject })]
          await begin(store, { subject: `${subject}x` })
          await mustList(store, subject, documents)
          const changed = documents.map((document) => ended(document, 'test'))
          for (const document of changed) await write(store, document)
          await mustList(store, subject, changed)
        }
      },
    },
    {
      name: 'gives the sessions that have ended since',
      async run() {
        const store = await createStore()
        const [early, late, alive] = [await begin(store), await begin(store), await begin(store)]
        await write(store, ended(early, 'early', early.startedAt - 2_000))
        await write(store, ended(late, 'late', late.startedAt - 1_000))
        const mine = [early, late, alive].map(({ sid }) => sid)
        for (const [since, wanted] of [
          [early.startedAt - 2_000, [early, late]],
          [late.startedAt - 1_000, [late]],
          [late.startedAt + HOUR_MS, []],
        ] as const) {
          const found = (await store.endedSince(since)).filter(({ sid }) => mine.includes(sid))
          const missing = wanted.filter(
            (document) => !found.some(({ sid }) => sid === document.sid),
          )
          must(
            missing.length === 0 && found.length === wanted.length,
            `It told of ${found.length} sessions instead of ${wanted.length}.`,
          )
        }
        const told = await store.endedSince(late.startedAt - 1_000)
        const at = late.startedAt - 1_000
        mustEqual(
          told.find(({ sid }) => sid === late.sid),
          ended(late, 'late', at),
        )
      },
    },
    {
      name: 'may delete a document that need not be kept any more, and no other',
      async run() {
        const store = await createStore()
        const document = await begin(store)
        const old = await sample(store)
        await store.write(old, (await store.now()) - HOUR_MS)
        const found = await store.read(old.sid)
        // A store may delete late. What it still has must be whole.
        if (found) mustEqual(found.document, old)
        const next = { ...document, version: 2 }
        await store.write(next, (await store.now()) + 2 * HOUR_MS)
        await mustRead(store, next)
      },
    },
    {
      name: 'gives each reader a document of its own',
      async run() {
        const store = await createStore()
        const document = await begin(store, { data: { list: [1] } })
        const { document: mine } = (await store.read(document.sid)) ?? {}
        ;(mine?.data as { list: number[] }).list.push(2)
        await mustRead(store, document)
      },
    },
  ]
}
