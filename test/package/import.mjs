// The built package in an application on a server: imported and required on the machine's own Node.js, without a page.
// Run after a build. It must exit by itself: a timer or a listener would keep it running.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const before = Object.getOwnPropertyNames(globalThis)
const esm = await import('latchkey')
const require = createRequire(import.meta.url)
const cjs = require('latchkey')

assert.deepEqual(
  Object.keys(cjs).sort(),
  Object.keys(esm).sort(),
  'ESM and CJS export the same names',
)
for (const { createSession, cookieTransport, isSessionError } of [esm, cjs]) {
  const session = createSession({ transport: cookieTransport('/auth') })
  assert.equal(session.state.status, 'restoring')
  await assert.rejects(session.authFetch('/api'), (error) => isSessionError(error, 'no_page'))
  await assert.rejects(session.login(), (error) => isSessionError(error, 'no_page'))
  assert.equal((await session.ready).status, 'restoring')
}

const testing = [await import('latchkey/testing'), require('latchkey/testing')]
assert.deepEqual(Object.keys(testing[0]).sort(), Object.keys(testing[1]).sort())
for (const [index, { createMockSession, createVirtualBrowser }] of testing.entries()) {
  assert.equal(createMockSession().state.status, 'restoring')
  const { cookieTransport } = [esm, cjs][index]
  const browser = createVirtualBrowser({ session: { transport: cookieTransport('/auth') } })
  const { session } = browser.openTab()
  await session.login(browser.signIn('alice'))
  await browser.advance(10 * 60_000)
  assert.equal(browser.server.leafOf('s1'), 2, 'renewed once in ten minutes')
}
const server = [await import('latchkey/server'), require('latchkey/server')]
assert.deepEqual(Object.keys(server[0]).sort(), Object.keys(server[1]).sort())
for (const [index, { createSessions, memoryStore }] of server.entries()) {
  const store = memoryStore()
  const sessions = createSessions({ store, accessToken: () => 'access' })
  const request = new Request('https://app.test/auth/login', { method: 'POST' })
  const answer = await sessions.start(request, { subject: 'alice', delivery: 'body' })
  assert.match((await answer.json()).refresh_token, /^[\w.-]{60,}$/)
  for (const { run } of testing[index].storeContract(() => store)) await run()
}
for (const name of ['server/node', 'server/verifier'])
  assert.deepEqual(
    Object.keys(require(`latchkey/${name}`)).sort(),
    Object.keys(await import(`latchkey/${name}`)).sort(),
  )
const dpop = [await import('latchkey/dpop'), require('latchkey/dpop')]
assert.deepEqual(Object.keys(dpop[0]).sort(), Object.keys(dpop[1]).sort())
for (const [index, { dpop: bind }] of dpop.entries()) {
  const { isSessionError, jsonTransport } = [esm, cjs][index]
  const transport = bind(jsonTransport('/auth'))
  // Without a page there is no place for a key.
  await assert.rejects(transport.keyPair(), (error) => isSessionError(error, 'key_unavailable'))
}
const element = [await import('latchkey/element'), require('latchkey/element')]
// Without a page there is no element to define.
for (const { defineSessionDialog } of element) defineSessionDialog()
const devtools = [await import('latchkey/devtools'), require('latchkey/devtools')]
assert.deepEqual(Object.keys(devtools[0]).sort(), Object.keys(devtools[1]).sort())
for (const [index, { defineSessionDevtools, devtools: create }] of devtools.entries()) {
  defineSessionDevtools()
  const { cookieTransport, createSession } = [esm, cjs][index]
  const session = createSession({ transport: cookieTransport('/auth'), diagnostics: create() })
  assert.equal(session.state.status, 'restoring')
}
assert.deepEqual(Object.getOwnPropertyNames(globalThis), before, 'no global was added')

// The frameworks themselves add globals.
for (const name of ['angular', 'react', 'vue', 'svelte'])
  assert.deepEqual(
    Object.keys(require(`latchkey/${name}`)).sort(),
    Object.keys(await import(`latchkey/${name}`)).sort(),
  )
console.log(`Imported and required on Node.js ${process.versions.node}.`)
