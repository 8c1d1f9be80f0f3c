// npm run check-server: checks the demo's server and the one that articles teach, and prints both reports. With
// --write, also writes them to README.md beside this file.
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer } from '../../demo/start-server.ts'
import { checkServer, type ServerReport } from '../../src/testing/check-server/check-server.ts'
import { ARTICLE_USER, createArticleServer, serve } from '../support/article-server.ts'
import { reportsInMarkdown } from './reports.ts'

// Of the same site as the server, as its cookies demand.
const FRIEND = 'http://app.localhost'

const markdown = reportsInMarkdown(await checkDemo(), await checkArticleServer())
process.stdout.write(markdown)
if (process.argv.includes('--write'))
  writeFileSync(join(import.meta.dirname, 'README.md'), markdown)

async function checkDemo(): Promise<ServerReport> {
  const server = await startServer({
    port: 0,
    dataDir: undefined,
    allowedOrigins: [FRIEND],
    log: () => undefined,
  })
  const url = `${server.url}/auth`
  const credentials = { username: `user-${randomUUID()}`, password: randomUUID() }
  try {
    await fetch(`${url}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'check-server' },
      body: JSON.stringify(credentials),
    })
    return await checkServer(url, credentials, { origin: FRIEND, api: '/api/me' })
  } finally {
    await server.close()
  }
}

async function checkArticleServer(): Promise<ServerReport> {
  const server = await serve(createArticleServer())
  try {
    return await checkServer(`${server.url}/auth`, ARTICLE_USER)
  } finally {
    await server.close()
  }
}
