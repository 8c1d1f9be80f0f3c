// @vitest-environment happy-dom
import '@angular/compiler'
import * as http from '@angular/common/http'
import {
  HttpClient,
  HttpEventType,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http'
import {
  HttpTestingController,
  provideHttpClientTesting,
  type TestRequest,
} from '@angular/common/http/testing'
import {
  provideZonelessChangeDetection,
  type ApplicationRef,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core'
import { createApplication } from '@angular/platform-browser'
import { EMPTY, firstValueFrom, lastValueFrom, throwError, toArray, type Observable } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { provideSession, sessionInterceptor } from '../../src/angular/index.ts'
import { cookieTransport } from '../../src/index.ts'
import { createTestSession, type TestSession } from '../../src/testing/index.ts'
import { createVirtualBrowser } from '../../src/testing/virtual-browser.ts'
import { startEchoServer, type EchoServer } from '../support/echo-server.ts'
import { rejection } from '../support/signed-in.ts'
import { withoutImageChecks } from './without-image-checks.ts'

const cleanups: (() => void)[] = []
let api: EchoServer
let other: EchoServer

beforeAll(async () => {
  api = await startEchoServer(allowAll)
  other = await startEchoServer(allowAll)
})
afterAll(() => Promise.all([api.close(), other.close()]))
afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean()
  api.answer()
  for (const server of [api, other]) server.take()
})

/** CORS for any page, and a preflight answered. */
function allowAll(...[request, response]: Parameters<Handler>): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-headers', 'authorization, content-type, x-own')
  if (request.method === 'OPTIONS') response.writeHead(204).end()
}

type Handler = Parameters<typeof startEchoServer>[0] & object

/** Angular has made each of them the default once; version 22 has named the other. */
const { withXhr } = http as { readonly withXhr?: () => Feature }
const BACKENDS = {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- since it is the default
  fetch: http.withFetch(),
  XMLHttpRequest: withXhr?.(),
} satisfies Readonly<Record<string, Feature | undefined>>

type Feature = Parameters<typeof provideHttpClient>[number]

interface Opened {
  readonly client: HttpClient
  readonly session: TestSession
  readonly app: ApplicationRef
}

async function open(
  options: Parameters<typeof createTestSession>[0] = {},
  feature?: Feature,
  providers: readonly (EnvironmentProviders | Provider)[] = [],
): Promise<Opened> {
  const session = createTestSession({ origins: [api.origin], ...options })
  cleanups.push(() => session.dispose())
  await session.ready
  const features = feature ? [feature] : []
  const app = await createApplication({
    providers: [
      provideZonelessChangeDetection(),
      withoutImageChecks,
      provideSession(session),
      provideHttpClient(withInterceptors([sessionInterceptor]), ...features),
      ...providers,
    ],
  })
  cleanups.push(() => app.destroy())
  return { client: app.injector.get(HttpClient), session, app }
}

const authorizations = (server: EchoServer): readonly unknown[] =>
  server.take().map(({ headers }) => headers['authorization'])

/** An interceptor behind the session's. */
function failing(how: () => Observable<never>): http.HttpInterceptorFn {
  return () => how()
}

/** The request that waits for an answer of the test: the application is stable once the session has sent it. */
async function sentTo(app: ApplicationRef): Promise<TestRequest> {
  await app.whenStable()
  return app.injector.get(HttpTestingController).expectOne(() => true)
}

async function bearer(session: TestSession): Promise<string> {
  return `Bearer ${await session.getAccessToken()}`
}

describe.each(Object.entries(BACKENDS))('by %s', (_, backend) => {
  test('a request to a listed origin carries the token, and none to another origin does', async () => {
    const { client, session } = await open({}, backend)
    expect(await lastValueFrom(client.get(`${api.origin}/notes`))).toEqual({ status: 200 })
    expect(await lastValueFrom(client.get(`${other.origin}/notes`))).toEqual({ status: 200 })
    expect(authorizations(api)).toEqual([await bearer(session)])
    expect(authorizations(other)).toEqual([undefined])
  })

  test('a request that is refused is repeated once as it was, with a new token', async () => {
    const { client, session } = await open({}, backend)
    const first = await bearer(session)
    api.answer(401)
    const headers = { 'x-own': 'kept' }
    const sent = client.post(`${api.origin}/notes?a=1`, { text: 'é' }, { headers })
    expect(await lastValueFrom(sent)).toEqual({ status: 200 })
    const received = api.take()
    expect(received.map(({ body }) => String(body))).toEqual(['{"text":"é"}', '{"text":"é"}'])
    expect(received.map(({ url }) => url)).toEqual(['/notes?a=1', '/notes?a=1'])
    expect(received.map(({ headers }) => headers['x-own'])).toEqual(['kept', 'kept'])
    expect(received.map(({ headers }) => headers['authorization'])).toEqual([
      first,
      await bearer(session),
    ])
    expect(first).not.toBe(await bearer(session))
  })

  test('requests that are refused at once are repeated after one renewal', async () => {
    const { client, session } = await open({}, backend)
    const renewals: unknown[] = []
    session.on('refreshed', (event) => renewals.push(event))
    api.answer(401, 401, 401, 401, 401)
    const calls = Array.from({ length: 5 }, () => firstValueFrom(client.get(`${api.origin}/notes`)))
    expect(await Promise.all(calls)).toEqual(Array(5).fill({ status: 200 }))
    expect(authorizations(api)).toHaveLength(10)
    expect(renewals).toHaveLength(1)
  })

  test('a request that is refused twice fails with the second refusal, and any other with its answer', async () => {
    const { client } = await open({}, backend)
    api.answer(401, 401)
    const refused = await rejection(lastValueFrom(client.get(`${api.origin}/notes`)))
    expect(refused).toBeInstanceOf(http.HttpErrorResponse)
    expect(refused).toMatchObject({ status: 401, error: { status: 401 } })
    expect(api.take()).toHaveLength(2)

    api.answer(404)
    const missing = await rejection(lastValueFrom(client.get(`${api.origin}/notes`)))
    expect(missing).toMatchObject({
      name: 'HttpErrorResponse',
      status: 404,
      error: { status: 404 },
    })
    expect(api.take()).toHaveLength(1)
  })

  test('a network error is that of HttpClient', async () => {
    const { client } = await open({ origins: ['http://127.0.0.1:1'] }, backend)
    const error = await rejection(lastValueFrom(client.get('http://127.0.0.1:1/')))
    expect(error).toMatchObject({ name: 'HttpErrorResponse', status: 0 })
  })

  test('a request with an authorization of its own, or without a user, is left as it is', async () => {
    const { client, session } = await open({}, backend)
    const headers = { authorization: 'Basic own' }
    await lastValueFrom(client.get(`${api.origin}/notes`, { headers }))
    await session.logout()
    api.answer(401)
    await rejection(lastValueFrom(client.get(`${api.origin}/notes`)))
    expect(authorizations(api)).toEqual(['Basic own', undefined])
  })

  test('events come as they do without the interceptor', async () => {
    const { client } = await open({}, backend)
    const events = (url: string): Promise<readonly HttpEventType[]> => {
      const all: Observable<http.HttpEvent<unknown>> = client.get(url, {
        observe: 'events',
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- older versions have no other
        reportProgress: true,
      })
      return lastValueFrom(all.pipe(toArray())).then((list) => list.map(({ type }) => type))
    }
    const withToken = await events(`${api.origin}/notes`)
    expect(withToken).toEqual(await events(`${other.origin}/notes`))
    expect(withToken).toContain(HttpEventType.DownloadProgress)
    expect(withToken.at(-1)).toBe(HttpEventType.Response)
  })

  test('a `judgeResponse` that reads the body of a 200 has the request repeated', async () => {
    let judged = 0
    const { client } = await open(
      {
        judgeResponse: async (response) => {
          const body: unknown = await response.clone().json()
          expect(body).toEqual({ status: 200 })
          return ++judged === 1 ? 'renew' : 'ok'
        },
      },
      backend,
    )
    expect(await lastValueFrom(client.get(`${api.origin}/graphql`))).toEqual({ status: 200 })
    expect(new Set(authorizations(api)).size).toBe(2)
  })

  test('an answer without a body is one', async () => {
    const { client } = await open({}, backend)
    api.answer(204)
    const answer = await lastValueFrom(client.get(`${api.origin}/notes`, { observe: 'response' }))
    expect(answer).toMatchObject({ status: 204, body: null })
  })
})

test('before it is known whether a user is signed in, a request waits; one that is given up then is not sent', async () => {
  const session = createTestSession({ origins: [api.origin] })
  cleanups.push(() => session.dispose())
  const app = await createApplication({
    providers: [
      provideZonelessChangeDetection(),
      withoutImageChecks,
      provideSession(session),
      provideHttpClient(withInterceptors([sessionInterceptor])),
    ],
  })
  cleanups.push(() => app.destroy())
  expect(session.state.status).toBe('restoring')
  const client = app.injector.get(HttpClient)
  client.get(`${api.origin}/given-up`).subscribe().unsubscribe()
  await lastValueFrom(client.get(`${api.origin}/notes`))
  expect(api.take().map(({ url }) => url)).toEqual(['/notes'])
})

test('a request whose session ends meanwhile fails with a SessionError, and is cancelled', async () => {
  const { client, session, app } = await open({}, undefined, [provideHttpClientTesting()])
  const failure = rejection(lastValueFrom(client.get(`${api.origin}/notes`)))
  const sent = await sentTo(app)
  expect(sent.request.headers.get('authorization')).toBe(await bearer(session))
  await session.end('revoked')
  expect(await failure).toMatchObject({ name: 'SessionError', code: 'session_ended' })
  expect(sent.cancelled).toBe(true)
})

test('in a test, the application is stable once the session has sent a request, and once it has judged the answer', async () => {
  const { client, session, app } = await open({}, undefined, [provideHttpClientTesting()])
  const answers: unknown[] = []
  client.get(`${api.origin}/notes`).subscribe((answer) => answers.push(answer))
  const refused = await sentTo(app)
  refused.flush('no', { status: 401, statusText: 'Unauthorized' })
  const repeated = await sentTo(app)
  expect(repeated.request.headers.get('authorization')).toBe(await bearer(session))
  repeated.flush(['a note'])
  await app.whenStable()
  expect(answers).toEqual([['a note']])
})

test('the progress of an upload comes when the backend reports it, before its answer', async () => {
  const { client, app } = await open({}, undefined, [provideHttpClientTesting()])
  const events: unknown[] = []
  const upload = client.post(`${api.origin}/films`, new Blob(['film']), { observe: 'events' })
  upload.subscribe((event) => events.push(event))
  const sent = await sentTo(app)
  const progress = { type: HttpEventType.UploadProgress, loaded: 2, total: 4 } as const
  sent.event(progress)
  expect(events.at(-1)).toEqual(progress)
  sent.flush(null, { status: 204, statusText: 'No Content' })
  await app.whenStable()
  expect(events.at(-1)).toMatchObject({ type: HttpEventType.Response, status: 204 })
})

test('unsubscribing cancels what was sent', async () => {
  const { client, app } = await open({}, undefined, [provideHttpClientTesting()])
  const subscription = client.get(`${api.origin}/notes`).subscribe()
  const sent = await sentTo(app)
  subscription.unsubscribe()
  expect(sent.cancelled).toBe(true)
})

test('where no token can be read, the cookie goes along', async () => {
  const browser = createVirtualBrowser({
    session: {
      transport: cookieTransport('/auth', {
        read: () => ({ accessToken: null, expiresInMs: 600_000 }),
      }),
    },
  })
  const { session } = browser.openTab()
  await session.login({})
  const { client, app } = await open({}, undefined, [
    provideHttpClientTesting(),
    provideSession(session),
  ])
  client.get('/api/notes').subscribe()
  const { request } = await sentTo(app)
  expect(request.withCredentials).toBe(true)
  expect(request.headers.has('authorization')).toBe(false)
})

test('what comes instead of an answer comes through: a failure of another interceptor, or nothing at all', async () => {
  const broken = new Error('broken')
  const { client } = await open({}, withInterceptors([failing(() => throwError(() => broken))]))
  expect(await rejection(lastValueFrom(client.get(`${api.origin}/notes`)))).toBe(broken)
  const silent = await open({}, withInterceptors([failing(() => EMPTY)]))
  const nothing = lastValueFrom(silent.client.get(`${api.origin}/notes`), { defaultValue: 'none' })
  expect(await nothing).toBe('none')
})

test('a request that gets no token is answered as without the interceptor, in the same turn', async () => {
  const { client, app } = await open({}, undefined, [provideHttpClientTesting()])
  const backend = app.injector.get(HttpTestingController)
  const answers: unknown[] = []
  client.get('/assets/texts.json').subscribe((answer) => answers.push(answer))
  client.get(`${other.origin}/x`).subscribe((answer) => answers.push(answer))
  backend.expectOne(`${other.origin}/x`).flush({ text: 'Hello' })
  expect(answers).toEqual([{ text: 'Hello' }])
})
