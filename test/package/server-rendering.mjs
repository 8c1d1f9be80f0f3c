// The built adapters in an application that renders on a server, on the machine's own Node.js: the state is `restoring`.
import assert from 'node:assert/strict'
import { cookieTransport, createSession } from 'latchkey'
import * as react from 'latchkey/react'
import * as svelte from 'latchkey/svelte'
import * as vue from 'latchkey/vue'
import { createElement } from 'react'
import { renderToString as renderReact } from 'react-dom/server'
import { get } from 'svelte/store'
import { createSSRApp } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'

const session = createSession({ transport: cookieTransport('/auth') })

function ReactPage() {
  const { status } = react.useSession()
  return `${status}, ${react.useSessionExpiring()}`
}
const element = createElement(react.SessionProvider, { session }, createElement(ReactPage))
assert.equal(renderReact(element), 'restoring, null')

const VuePage = {
  setup() {
    const { state } = vue.useSession()
    const expiring = vue.useSessionExpiring()
    return () => `${state.value.status}, ${expiring.value}`
  },
}
const app = createSSRApp(VuePage).use(vue.sessionPlugin, session)
assert.equal(await renderVue(app), 'restoring, null')

assert.equal(get(svelte.sessionStore(session)).status, 'restoring')
assert.equal(get(svelte.expiringStore(session)), null)
console.log(`Rendered for a server on Node.js ${process.versions.node}.`)
