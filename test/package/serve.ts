// For check-server.mjs, which runs on an older Node.js than the demo can. Starts the server of the demo and the article
// server, prints their URLs as one line of JSON, and ends when its input ends.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../demo/start-server.ts'
import { createArticleServer, serve } from '../support/article-server.ts'
import { findTemplate } from '../support/template-folder.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-package-'))
cpSync(await findTemplate(), dataDir, { recursive: true })
const demo = await startServer({ port: 0, dataDir, log: () => undefined })
const article = await serve(createArticleServer())
process.stdout.write(`${JSON.stringify({ demo: demo.url, article: article.url })}\n`)
process.stdin.resume().on('end', () => void end())

async function end(): Promise<void> {
  await Promise.all([demo.close(), article.close()])
  rmSync(dataDir, { recursive: true })
}
