import { expect, test } from 'vitest'
import { slugOf } from '../../docs/.vitepress/slug.ts'
import type { Degradation, SessionErrorCode, WorkerLoss } from '../../src/index.ts'
import { textOf } from '../support/documents.ts'

// The types of the SDK, held to by the compiler, and docs/errors.md, held to them.

const CODES: Readonly<Record<SessionErrorCode, true>> = {
  no_session: true,
  token_not_readable: true,
  session_ended: true,
  session_changed: true,
  refresh_unavailable: true,
  invalid_response: true,
  reentrant: true,
  no_page: true,
  key_unavailable: true,
  disposed: true,
}
const MISSING: Readonly<Record<Degradation['missing'], true>> = {
  locks: true,
  channel: true,
  record: true,
  crypto: true,
  worker: true,
}
const LOSSES: Readonly<Record<WorkerLoss, true>> = {
  'no-answer': true,
  'other-release': true,
  'other-session': true,
  'needs-page': true,
}

const page = textOf('docs/errors.md')

/** The anchors of the headings below a heading of the page. */
function anchorsBelow(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^### (.*)$/gm)].map(([, title = '']) => slugOf(title))
}

test('each error code has its anchor, and no other has', () => {
  expect(anchorsBelow('Errors').toSorted()).toEqual(Object.keys(CODES).toSorted())
})

test('each degradation has its anchor, and no other has', () => {
  const wanted = Object.keys(MISSING).map((missing) => `degraded-${missing}`)
  expect(anchorsBelow('Degradations').toSorted()).toEqual(wanted.toSorted())
})

test('each reason why a worker is not used has its row, and no other has', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+-[a-z]+)` +\|/gm)].map(([, because = '']) => because)
  expect(rows.toSorted()).toEqual(Object.keys(LOSSES).toSorted())
})

test('the table of the errors leads to the page', () => {
  const reference = textOf('docs/reference.md')
  expect(Object.keys(CODES).filter((code) => !reference.includes(`(errors.md#${code})`))).toEqual(
    [],
  )
})
