import type { Harm } from './check.ts'
import type { ReportRow, ServerReport } from './check-server.ts'

const WIDTH = 100
const MARKS = { yes: 'kept', no: 'BROKEN', 'not applicable': 'n/a' } as const
const HEADINGS: Readonly<Record<Harm, string>> = {
  'session-lost': 'Signs users out',
  'others-let-in': 'Lets others in',
  'session-left-open': 'Leaves users signed in',
  'theft-eased': 'Helps a thief',
  delay: 'Costs time',
}

/**
 * Formats a report for reading: one line for a promise that is kept; for a broken one, under the harm that it does, also
 * what the server did and what it costs. At the end, the transport and the options that suit the server.
 */
export function formatReport({ url, delivery, settings, rows, passed }: ServerReport): string {
  const count = (held: ReportRow['held']): number => rows.filter((row) => row.held === held).length
  const where = delivery === 'cookie' ? 'in cookies' : 'in bodies'
  const summary = `${count('yes')} kept, ${count('no')} broken, ${count('not applicable')} not applicable`
  return [
    `${url}, refresh token ${where}`,
    ...rows.flatMap((row, at) => [...newHeading(row, rows[at - 1]), formatRow(row)]),
    '',
    'Suits this server',
    ...settings.code.split('\n').map((line) => `        ${line}`),
    ...settings.why.map((reason) => wrapped('      - ', reason)),
    '',
    `${passed ? 'The server keeps the contract' : 'The server does not keep the contract'}: ${summary}.`,
  ].join('\n')
}

/** An empty line and the heading of a row, where the row before it has another one. */
function newHeading(row: ReportRow, before: ReportRow | undefined): readonly string[] {
  const heading = headingOf(row)
  return before && headingOf(before) === heading ? [] : ['', heading]
}

function headingOf({ held, harm }: ReportRow): string {
  if (held === 'no') return HEADINGS[harm]
  return held === 'yes' ? 'Kept' : 'Not applicable'
}

function formatRow({ id, promise, held, detail, cost }: ReportRow): string {
  const head = `${MARKS[held].padEnd(6)}  ${id.padEnd(20)}  `
  if (held === 'not applicable') return head + detail
  if (held === 'yes') return wrapped(head, promise)
  return [
    wrapped(head, promise),
    wrapped('        seen:   ', detail),
    wrapped('        costs:  ', cost),
  ].join('\n')
}

/** Breaks text between words, and indents further lines by the length of `head`. */
function wrapped(head: string, text: string): string {
  const lines: string[] = []
  let line = head
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH) {
      lines.push(line.trimEnd())
      line = ' '.repeat(head.length)
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()].join('\n')
}
