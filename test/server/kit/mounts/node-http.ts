import { createServer } from 'node:http'
import { toNodeHandler } from '../../../../src/server/node/index.ts'
import { sessions, signIn } from './sessions.ts'

const routes = new Map([
  ['POST /auth/login', toNodeHandler(signIn)],
  ['POST /auth/refresh', toNodeHandler(sessions.refresh)],
  ['POST /auth/logout', toNodeHandler(sessions.logout)],
])

export const server = createServer((request, response) => {
  const handle = routes.get(`${request.method ?? ''} ${request.url ?? ''}`)
  if (!handle) return void response.writeHead(404).end()
  handle(request, response).catch(() => response.headersSent || response.writeHead(500).end())
})
