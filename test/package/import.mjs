// The built package as an application on a server meets it: imported and required on the machine's own Node.js, with no
// page anywhere. Run after a build; exits by itself, or something was left running.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const before = Object.getOwnPropertyNames(globalThis)
const esm = await import('latchkey')
const cjs = createRequire(import.meta.url)('latchkey')

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
assert.deepEqual(Object.getOwnPropertyNames(globalThis), before, 'no global was added')
console.log(`Imported and required on Node.js ${process.versions.node}.`)
