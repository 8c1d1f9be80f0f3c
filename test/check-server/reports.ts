import type { ServerReport } from '../../src/testing/check-server/check-server.ts'
import { formatReport } from '../../src/testing/check-server/format-report.ts'

/**
 * The page with the reports of `checkServer` on two servers. Both show the same URL, since ports change from run to
 * run.
 */
export function reportsInMarkdown(demo: ServerReport, article: ServerReport): string {
  return `# What checkServer says

Written by \`npm run check-server -- --write\`. A test holds it to what the two servers are found to do.

## The demo's server

${fenced(demo)}

## A server as articles teach it

Rotation and reuse detection that ends the session, with one cookie, as in \`test/support/article-server.ts\`. Nothing in it is wrong; it
is made for one tab, on a network that loses nothing.

${fenced(article)}
`
}

function fenced(report: ServerReport): string {
  return `\`\`\`\n${formatReport(report).replaceAll(report.url, 'http://localhost:4400/auth')}\n\`\`\``
}
