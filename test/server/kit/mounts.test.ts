import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toNodeHandler } from '../../../src/server/node/index.ts'
import { checkServer } from '../../../src/testing/index.ts'
import { server as wholeBackend } from './mounts/backend.ts'
import { app as expressApp } from './mounts/express.ts'
import { app as fastifyApp } from './mounts/fastify.ts'
import { app as honoApp } from './mounts/hono.ts'
import { POST as refreshInNext } from './mounts/next.ts'
import { server as nodeServer } from './mounts/node-http.ts'
import { sessions, signIn } from './mounts/sessions.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }

/** Starts each server on a port of its own. Resolves to its URL. */
const MOUNTS: Readonly<Record<string, () => Promise<string>>> = {
  'node:http': () => listen(nodeServer),
  'Express with express.json()': () => listen(createServer(expressApp)),
  'Express without a body parser': () => listen(createServer(plainExpress())),
  Fastify: () => listen(fastifyServer),
  Hono: () => listen(createServer(listenerOf(honoApp.fetch))),
  'route handlers as in Next.js': () => listen(createServer(listenerOf(routeAsNext))),
}

await fastifyApp.ready()
const fastifyServer = createServer((request, response) => fastifyApp.routing(request, response))

describe.each(Object.entries(MOUNTS))('mounted on %s', (_, start) => {
  test.each(['cookie', 'body'])(
    'the kit keeps every promise, with the token in a %s',
    async (delivery) => {
      const url = await start()
      const report = await checkServer(`${url}/auth`, { ...ALICE, delivery })
      const broken = report.rows.filter(({ held }) => held === 'no')
      expect(broken).toEqual([])
      expect(report).toMatchObject({ delivery, passed: true })
    },
  )
})

test('the whole backend in one file keeps every promise, and its API accepts a token until its session ends', async () => {
  const url = await listen(wholeBackend)
  const report = await checkServer(`${url}/auth`, ALICE, { api: '/api/me' })
  expect(report.rows.filter(({ held }) => held === 'no')).toEqual([])
  expect(report).toMatchObject({ delivery: 'cookie', passed: true })

  const post = (path: string, body: object, cookie = '') =>
    fetch(`${url}/auth/${path}`, {
      method: 'POST',
      headers: { 'x-requested-with': 'test', cookie },
      body: JSON.stringify(body),
    })
  const login = await post('login', ALICE)
  const { access_token, sid } = (await login.json()) as Record<string, string>
  const call = () =>
    fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${access_token ?? ''}` } })
  expect(await (await call()).json()).toEqual({ hello: 'alice' })
  const [cookie] = login.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  expect((await post('logout', { sid }, cookie)).status).toBe(204)
  expect((await call()).status).toBe(401)
})

function plainExpress() {
  const app = express()
  app.post('/auth/login', toNodeHandler(signIn))
  app.post('/auth/refresh', toNodeHandler(sessions.refresh))
  app.post('/auth/logout', toNodeHandler(sessions.logout))
  return app
}

/** What Next.js does with the handlers in its files. */
function routeAsNext(request: Request): Promise<Response> {
  const handlers: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
    '/auth/login': signIn,
    '/auth/refresh': refreshInNext,
    '/auth/logout': sessions.logout,
  }
  const handle = handlers[new URL(request.url).pathname]
  return handle ? handle(request) : Promise.resolve(new Response(null, { status: 404 }))
}

function listenerOf(handle: (request: Request) => Response | Promise<Response>) {
  const listener = getRequestListener(handle)
  return (...args: Parameters<typeof listener>) => void listener(...args)
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
