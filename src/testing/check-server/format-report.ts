import type { ReportRow, ServerReport } from './check-server.ts'

const WIDTH = 100
const MARKS = { yes: 'kept', no: 'BROKEN', 'not applicable': 'n/a' } as const

/** Formats a report for reading: one line for a promise that is kept; for a broken one also what the server did and what it costs. */
export function formatReport({ url, delivery, rows, passed }: ServerReport): string {
  const count = (held: ReportRow['held']): number => rows.filter((row) => row.held === held).length
  const where = delivery === 'cookie' ? 'in cookies' : 'in bodies'
  const summary = `${count('yes')} kept, ${count('no')} broken, ${count('not applicable')} not applicable`
  return [
    `${url}, refresh token ${where}`,
    '',
    ...rows.map(formatRow),
    '',
    `${passed ? 'The server keeps the contract' : 'The server does not keep the contract'}: ${summary}.`,
  ].join('\n')
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
