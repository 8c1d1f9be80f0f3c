import type { HttpHandler } from 'msw'
import { expectTypeOf, test } from 'vitest'
import {
  devtools,
  type DevtoolsOptions,
  type SessionDevtools,
  type SessionDevtoolsElement,
  type SessionDevtoolsProps,
} from '../../src/devtools/index.ts'
import type {
  SessionDialogElement,
  SessionDialogProps,
  WarningSession,
} from '../../src/element/index.ts'
import {
  cookieTransport,
  createSession,
  idleTimeout,
  isSessionError,
  jsonTransport,
  memoryStorage,
  serverEvents,
  sessionErrorOf,
  type AnswerTokens,
  type AuthFetch,
  type Claims,
  type EndReason,
  type ExpiryWarnings,
  type IdleTimeout,
  type RefreshOutcome,
  type ServerEvents,
  type Stay,
  type Session,
  type SessionDiagnostics,
  type SessionEnd,
  type SessionError,
  type SessionErrorCode,
  type SessionEvents,
  type SessionOptions,
  type SessionState,
  type Tokens,
  type Transport,
  type Unsubscribe,
} from '../../src/index.ts'
import {
  checkServer,
  createTestSession,
  formatReport,
  plainServer,
  type Harm,
  type ReportRow,
  type ServerReport,
  type Settings,
  type VirtualServer,
} from '../../src/testing/index.ts'
import type { SessionBackend, SessionHandlersOptions } from '../../src/testing/msw/index.ts'
import type { RefreshWorker } from '../../src/worker/index.ts'

// Code that must compile and code that must not. These fail in `npm run test:types`; here they only have to run.

const transport = cookieTransport('/auth')
const session = createSession({ transport })

test('authFetch can be passed wherever fetch is expected', () => {
  expectTypeOf(session.authFetch).toEqualTypeOf<AuthFetch>()
  expectTypeOf(session.authFetch).toExtend<typeof fetch>()
  const options = { fetch: session.authFetch } satisfies { fetch: typeof globalThis.fetch }
  expectTypeOf(options.fetch).returns.resolves.toEqualTypeOf<Response>()
})

test('authFetch takes what fetch takes, `replay` and `fetch`', () => {
  const call = (fetch: AuthFetch): unknown => [
    fetch('/x', { replay: false, method: 'POST', body: new FormData(), keepalive: true }),
    fetch(new URL('https://app.test/'), { priority: 'high' }),
    fetch('/x', { fetch: globalThis.fetch }),
    // @ts-expect-error -- not a fetch
    fetch('/x', { fetch: (url: URL) => url }),
    fetch(new Request('https://app.test/')),
    // @ts-expect-error -- a boolean, not a mode
    fetch('/x', { replay: 'never' }),
    // @ts-expect-error -- not a field of RequestInit
    fetch('/x', { retries: 3 }),
    // @ts-expect-error -- nothing to fetch
    fetch(),
  ]
  expectTypeOf(call).toBeFunction()
})

test('the status narrows the state', () => {
  const { state } = session as { readonly state: SessionState }
  if (state.status === 'logged-in') {
    expectTypeOf(state.end).toEqualTypeOf<null>()
    expectTypeOf(state.accessExpiresAt).toEqualTypeOf<number | null>()
  } else {
    expectTypeOf(state.subject).toEqualTypeOf<null>()
    expectTypeOf(state.claims).toEqualTypeOf<null>()
  }
  if (state.status === 'logged-out') expectTypeOf(state.end).toEqualTypeOf<SessionEnd | null>()
  if (state.status === 'restoring') expectTypeOf(state.end).toEqualTypeOf<null>()
  expectTypeOf(state.status).toEqualTypeOf<'restoring' | 'logged-in' | 'logged-out'>()
})

test('states and payloads are readonly', () => {
  const write = (given: Session, state: SessionState): void => {
    // @ts-expect-error -- readonly
    given.state = state
    // @ts-expect-error -- readonly
    state.status = 'logged-out'
  }
  expectTypeOf(write).toBeFunction()
})

test('listeners receive the payload of their event, and `on` returns how to unsubscribe', () => {
  expectTypeOf(session.onSessionEnded).parameter(0).parameter(0).toEqualTypeOf<SessionEnd>()
  expectTypeOf(session.subscribe).returns.toEqualTypeOf<Unsubscribe>()
  expectTypeOf(session.on('ended', ({ reason }) => reason)).toEqualTypeOf<Unsubscribe>()
  session.on('step-up', (stepUp) => {
    expectTypeOf(stepUp.acrValues).toEqualTypeOf<readonly string[]>()
    expectTypeOf(stepUp.url).toEqualTypeOf<string>()
  })
  session.on('refreshed', ({ by }) => expectTypeOf(by).toEqualTypeOf<'this-tab' | 'other-tab'>())
  // @ts-expect-error -- no such event
  session.on('logout', () => undefined)
  session.on('ended', (end) => expectTypeOf(end).not.toHaveProperty('code'))
  expectTypeOf<keyof SessionEvents>().toExtend<string>()
})

test('a switch over the end reasons can be exhaustive', () => {
  const message = (reason: EndReason): string => {
    switch (reason) {
      case 'logout':
      case 'user-switched':
      case 'storage-cleared':
        return 'signed out'
      case 'idle':
      case 'session-limit':
        return 'timed out'
      case 'refresh-rejected':
      case 'reuse-detected':
      case 'revoked':
        return 'ended by the server'
    }
  }
  expectTypeOf(message).returns.toBeString()
})

test('isSessionError narrows the code, and takes known codes only', () => {
  const handle = (error: unknown): void => {
    if (isSessionError(error, 'refresh_unavailable')) {
      expectTypeOf(error.code).toEqualTypeOf<'refresh_unavailable'>()
      expectTypeOf(error.retryAt).toEqualTypeOf<number | null>()
    } else if (isSessionError(error)) {
      expectTypeOf(error.code).toEqualTypeOf<SessionErrorCode>()
      expectTypeOf(error.reason).toEqualTypeOf<EndReason | null>()
    }
    // @ts-expect-error -- no such code
    isSessionError(error, 'expired')
  }
  expectTypeOf(handle).toBeFunction()
})

test('options require a transport, and reject unknown names and wrong types', () => {
  const wrong = (): unknown[] => [
    // @ts-expect-error -- nothing is no transport
    createSession({}),
    // @ts-expect-error -- a URL is no transport
    createSession({ transport: '/auth' }),
    // @ts-expect-error -- `maxWaitMs` misspelt
    createSession({ transport, maxWait: 5 }),
    // @ts-expect-error -- a list is wanted
    createSession({ transport, origins: 'https://api.test' }),
    // @ts-expect-error -- a Promise of a boolean would always be true
    createSession({ transport, shouldReplay: () => Promise.resolve(false) }),
    // @ts-expect-error -- no such verdict
    createSession({ transport, judgeResponse: () => 'refresh' }),
    // @ts-expect-error -- the key goes with a body
    cookieTransport('/auth', { idempotencyHeader: false }),
    // @ts-expect-error -- a hint is for cookies
    jsonTransport('/auth', { hintCookie: 'hint' }),
  ]
  expectTypeOf(wrong).toBeFunction()
  // A conditional option is often `undefined`.
  expectTypeOf<{ transport: Transport; name: undefined }>().toExtend<SessionOptions>()
})

test('tokens and times', () => {
  expectTypeOf(session.getAccessToken).returns.resolves.toEqualTypeOf<string>()
  expectTypeOf<Tokens['accessToken']>().toEqualTypeOf<string | null>()
  expectTypeOf(session.logout).returns.resolves.toEqualTypeOf<{
    readonly server: 'told' | 'later' | 'nothing-to-tell'
  }>()
  const call = (given: Session): unknown => [
    given.getAccessToken({ minValidityMs: 5, forceRefresh: true }),
    given.login({ any: 'answer' }),
    given.login(),
    // @ts-expect-error -- a signal, not its controller
    given.getAccessToken({ signal: new AbortController() }),
  ]
  expectTypeOf(call).toBeFunction()
})

test('a custom transport needs three methods', () => {
  const own = {
    id: 'https://auth.test',
    storage: memoryStorage(),
    endpoints: ['https://auth.test'],
    read: () => ({ accessToken: 'x' }),
    refresh: () => Promise.resolve({ type: 'unavailable' } as const),
    revoke: () => Promise.resolve(true),
  }
  expectTypeOf(own).toExtend<Transport>()
  expectTypeOf<RefreshOutcome['type']>().toEqualTypeOf<
    'refreshed' | 'unavailable' | 'superseded' | 'rejected'
  >()
  expectTypeOf<{ type: 'rejected'; reason: 'logout' }>().not.toExtend<RefreshOutcome>()
})

test('a test session is a session that a test can end for most reasons', () => {
  const testSession = createTestSession({ loggedIn: false, origins: ['https://api.test'] })
  expectTypeOf(testSession).toExtend<Session>()
  expectTypeOf(testSession.logIn).parameter(0).toEqualTypeOf<Claims | undefined>()
  const wrong = (): unknown[] => [
    // @ts-expect-error -- switching users is another login
    testSession.end('user-switched'),
    // @ts-expect-error -- no such reason
    testSession.end('expired'),
    // @ts-expect-error -- it comes with a transport of its own
    createTestSession({ transport }),
    // @ts-expect-error -- claims are an object
    createTestSession({ claims: 'alice' }),
  ]
  expectTypeOf(wrong).toBeFunction()
  testSession.dispose()
})

test('sessionErrorOf takes anything, and finds a SessionError or null', () => {
  expectTypeOf(sessionErrorOf).parameter(0).toBeUnknown()
  expectTypeOf(sessionErrorOf).returns.toEqualTypeOf<SessionError | null>()
})

test('the values of features are opaque, and not interchangeable', () => {
  expectTypeOf<keyof IdleTimeout>().toBeSymbol()
  expectTypeOf<keyof ExpiryWarnings>().toBeSymbol()
  expectTypeOf<keyof SessionDiagnostics>().toBeSymbol()
  expectTypeOf<keyof AnswerTokens>().toBeSymbol()
  expectTypeOf<keyof ServerEvents>().toBeSymbol()
  expectTypeOf<keyof RefreshWorker>().toBeSymbol()
  expectTypeOf<keyof Stay>().toBeSymbol()
  const wrong = (): unknown[] => [
    // @ts-expect-error -- made by idleTimeout alone
    createSession({ transport, idle: { afterMs: 900_000 } }),
    // @ts-expect-error -- made by serverEvents alone
    createSession({ transport, events: { url: '/auth/events' } }),
    // @ts-expect-error -- not a stream of events
    createSession({ transport, events: idleTimeout({ afterMs: 900_000 }) }),
    // @ts-expect-error -- not an idle timeout
    createSession({ transport, idle: serverEvents('/auth/events') }),
    // @ts-expect-error -- the warnings of an idle timeout come with it
    createSession({ transport, warnings: idleTimeout({ afterMs: 900_000 }) }),
    // @ts-expect-error -- made by diagnostics() alone
    createSession({ transport, diagnostics: { onLog: () => undefined } }),
    // @ts-expect-error -- made by refreshWorker alone
    createSession({ transport, worker: () => new SharedWorker('/session-worker.js') }),
    // @ts-expect-error -- made by stay alone
    createSession({ transport, onEnd: { withinMs: 60_000 } }),
  ]
  expectTypeOf(wrong).toBeFunction()
})

test('the dialog takes a session and a function to sign in as properties, and texts as attributes', () => {
  expectTypeOf<Session>().toExtend<WarningSession>()
  expectTypeOf<Pick<Session, 'state' | 'subscribe'>>().toExtend<WarningSession>()
  expectTypeOf<SessionDialogElement['session']>().toEqualTypeOf<WarningSession | null>()
  expectTypeOf<SessionDialogElement['signIn']>().toEqualTypeOf<(() => unknown) | null>()
  expectTypeOf<HTMLElementTagNameMap['session-dialog']>().toEqualTypeOf<SessionDialogElement>()
  type Texts = Omit<SessionDialogProps, 'session' | 'signIn'>
  expectTypeOf<Texts[keyof Texts]>().toEqualTypeOf<string | undefined>()
  expectTypeOf<{
    session: null
    signIn: () => Promise<void>
    'sign-in': string
    idle: undefined
  }>().toExtend<SessionDialogProps>()
  const wrong: SessionDialogProps[] = [
    // @ts-expect-error -- a session, not its name
    { session: 'default' },
    // @ts-expect-error -- a function that opens the page, not its address
    { signIn: '/login' },
    // @ts-expect-error -- no such text
    { title: 'You have been signed out' },
  ]
  expectTypeOf(wrong).items.toEqualTypeOf<SessionDialogProps>()
})

test('the developer tools are diagnostics, and what shows them takes nothing else', () => {
  expectTypeOf(devtools).parameter(0).toEqualTypeOf<DevtoolsOptions | undefined>()
  expectTypeOf(devtools).returns.toEqualTypeOf<SessionDevtools>()
  expectTypeOf<SessionDevtools>().toExtend<NonNullable<SessionOptions['diagnostics']>>()
  expectTypeOf<SessionDevtools['tab']>().toEqualTypeOf<Promise<number>>()
  expectTypeOf<SessionDevtools['watchFetch']>().returns.toEqualTypeOf<typeof fetch>()
  expectTypeOf<SessionDevtools['follow']>().toBeCallableWith('demo', session)
  expectTypeOf<SessionDevtoolsElement['tools']>().toEqualTypeOf<SessionDevtools | null>()
  expectTypeOf<HTMLElementTagNameMap['session-devtools']>().toEqualTypeOf<SessionDevtoolsElement>()
  expectTypeOf<{ tools: SessionDevtools; embedded: true }>().toExtend<SessionDevtoolsProps>()
  const wrong = (tools: SessionDevtools): unknown[] => [
    // @ts-expect-error -- `showPaths` misspelt
    devtools({ showPath: true }),
    // @ts-expect-error -- a flag, not a list
    devtools({ mishaps: ['slow'] }),
    // @ts-expect-error -- not a session
    tools.follow('demo', {}),
    // @ts-expect-error -- the tools of a session, not the session
    { tools: session } satisfies SessionDevtoolsProps,
    // @ts-expect-error -- the tools are none of the other features
    createSession({ transport, onEnd: tools }),
  ]
  expectTypeOf(wrong).toBeFunction()
})

test('a server report has typed rows, and is readonly', () => {
  expectTypeOf(checkServer).returns.resolves.toEqualTypeOf<ServerReport>()
  expectTypeOf<ReportRow['held']>().toEqualTypeOf<'yes' | 'no' | 'not applicable'>()
  expectTypeOf<ReportRow['harm']>().toEqualTypeOf<Harm>()
  expectTypeOf<'session-lost'>().toExtend<Harm>()
  expectTypeOf<ServerReport['settings']>().toEqualTypeOf<Settings>()
  expectTypeOf(formatReport).returns.toBeString()
  const call = (report: ServerReport): unknown => [
    checkServer('https://app.test/auth', { username: 'a', password: 'b', delivery: 'body' }),
    checkServer(
      'https://app.test/auth',
      { email: 'a' },
      { login: ({ fetch: send }) => send('https://app.test/in') },
    ),
    // @ts-expect-error -- credentials are text
    checkServer('https://app.test/auth', { username: 1 }),
    // @ts-expect-error -- `origin` misspelt
    checkServer('https://app.test/auth', {}, { origins: [] }),
    // @ts-expect-error -- readonly
    (report.passed = true),
  ]
  expectTypeOf(call).toBeFunction()
})

test('session handlers are msw handlers, for both servers', () => {
  expectTypeOf<SessionBackend['handlers']>().toExtend<readonly HttpHandler[]>()
  expectTypeOf<SessionBackend['server']>().toEqualTypeOf<VirtualServer>()
  expectTypeOf(plainServer).toExtend<NonNullable<SessionHandlersOptions['server']>>()
  expectTypeOf<{ path: string; accessTtlMs: number }>().toExtend<SessionHandlersOptions>()
})
