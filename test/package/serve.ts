// For check-server.mjs, which runs on an older Node.js than the demo does: starts the demo's server and the one that
// articles teach, tells their URLs in a line, and ends with its input.
import { startServer } from '../../demo/server/start-server.ts'
import { createArticleServer, serve } from '../support/article-server.ts'

const demo = await startServer({ port: 0, dataDir: undefined, log: () => undefined })
const article = await serve(createArticleServer())
process.stdout.write(`${JSON.stringify({ demo: demo.url, article: article.url })}\n`)
process.stdin.resume().on('end', () => void Promise.all([demo.close(), article.close()]))
