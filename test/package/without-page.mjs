// The built package without a page: in a worker, in React Native, on an edge server. Importing it and opening a session
// must not throw, whichever globals are missing. Calls that need a page reject with a SessionError. Each host is a thread.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const STORAGE = ['localStorage', 'sessionStorage', 'indexedDB', 'caches']
/** The globals of Node.js that each host lacks, and the globals of a page that it has. */
const HOSTS = {
  'a worker': {
    lacks: ['localStorage', 'sessionStorage'],
    has: `self = globalThis; location = new URL('https://app.test/worker.js'); addEventListener = () => {}`,
  },
  'React Native': {
    lacks: [
      ...STORAGE,
      'BroadcastChannel',
      'crypto',
      'performance',
      'WebSocket',
      'structuredClone',
    ],
    has: `window = self = globalThis; globalThis.navigator = { product: 'ReactNative' }`,
  },
  'an edge server': { lacks: [...STORAGE, 'BroadcastChannel', 'navigator', 'performance'] },
  'a host with next to nothing': {
    lacks: [
      ...STORAGE,
      'BroadcastChannel',
      'navigator',
      'performance',
      'crypto',
      'fetch',
      'Response',
      'TextDecoder',
      'atob',
    ],
  },
  'a document and nothing else': {
    lacks: [...STORAGE, 'BroadcastChannel', 'navigator', 'crypto'],
    has: `document = {}`,
  },
  'a window and nothing else': { lacks: [...STORAGE, 'navigator'], has: `window = {}` },
}

/** Runs in each host. */
async function useEverything(load) {
  const latchkey = await load('latchkey')
  const { createSession, isSessionError, sessionErrorOf, idleTimeout, serverEvents } = latchkey
  const session = createSession({
    transport: latchkey.cookieTransport('/auth'),
    idle: idleTimeout({
      afterMs: 900_000,
      sources: [latchkey.mediaPlayback(), latchkey.uploads()],
    }),
    events: serverEvents('/auth/events'),
    diagnostics: (await load('latchkey/devtools')).devtools(),
  })
  for (const call of [
    () => session.authFetch('/api'),
    () => session.login(),
    () => session.getAccessToken(),
  ]) {
    const error = await call().then(
      () => undefined,
      (error) => error,
    )
    if (!isSessionError(error) || sessionErrorOf(error) !== error)
      throw new Error('A call did not reject with a SessionError', { cause: error })
  }
  const stops = [session.subscribe(() => {}), session.onSessionEnded(() => {})]
  session.reportActivity()
  await session.extend()
  await session.logout()
  await session.ready
  for (const stop of stops) stop()
  session.dispose()

  const { defineSessionDialog } = await load('latchkey/element')
  defineSessionDialog()
  await load('latchkey/testing')
  for (const transport of ['json', 'renew', 'sliding', 'anonymous'])
    latchkey[`${transport}Transport`]('/auth')
  latchkey.oauthTransport({ issuer: 'https://id.test', clientId: 'app' })
}

for (const [host, { lacks, has = '' }] of Object.entries(HOSTS))
  for (const load of ['(path) => import(path)', 'async (path) => require(path)']) {
    const code = `
      const { parentPort } = require('node:worker_threads')
      for (const name of ${JSON.stringify(lacks)}) delete globalThis[name]
      Object.defineProperty(globalThis, 'navigator', { value: globalThis.navigator, writable: true, configurable: true })
      ${lacks.includes('navigator') ? 'delete globalThis.navigator' : ''}
      ${has}
      ;(${useEverything})(${load}).then(
        () => parentPort.postMessage('used'),
        (error) => parentPort.postMessage(error.stack + (error.cause ? '\\n' + error.cause.stack : '')),
      )`
    const [outcome] = await once(new Worker(code, { eval: true }), 'message')
    assert.equal(outcome, 'used', `in ${host}`)
  }
console.log(`Used without a page in ${Object.keys(HOSTS).length} hosts.`)
