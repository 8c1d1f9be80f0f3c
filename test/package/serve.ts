// For check-server.mjs, which runs on an older Node.js than the demo can. Starts the server of the demo and one as
// articles teach it, prints their URLs as one line of JSON, and ends when its input ends.
import { startServer } from '../../demo/server/start-server.ts'
import { createArticleServer, serve } from '../support/article-server.ts'

const demo = await startServer({ port: 0, dataDir: undefined, log: () => undefined })
const article = await serve(createArticleServer())
process.stdout.write(`${JSON.stringify({ demo: demo.url, article: article.url })}\n`)
process.stdin.resume().on('end', () => void Promise.all([demo.close(), article.close()]))
