// The page of the tools' tests: a session with `devtools()`, at a server that the page itself plays.
import { devtools } from '../../../src/devtools/index.ts'
import { createSession, jsonTransport } from '../../../src/index.ts'

/** The interface of the page for tests. */
export interface DevtoolsPage {
  logIn(): Promise<void>
  logOut(): Promise<unknown>
  /** Calls the API; resolves to the status of the answer, or to the name of the error. */
  call(): Promise<number | string>
  /** The tokens that this page has seen. */
  readonly tokens: readonly string[]
  /** What the tools have offered to download. */
  readonly files: readonly Blob[]
  /** The directives of the page's policy that were violated. */
  readonly forbidden: readonly string[]
}

declare global {
  interface Window {
    devtoolsPage: DevtoolsPage
  }
}

const tokens: string[] = []
const files: Blob[] = []
const forbidden: string[] = []
let count = 0

/** Tokens as servers make them: random, and long. */
function newToken(): string {
  const token = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
  tokens.push(token)
  return token
}

function answer(): object {
  const [access_token, refresh_token] = [newToken(), newToken()]
  return { access_token, refresh_token, expires_in: 3_600, seq: ++count, sid: 'sid-secret' }
}

const session = createSession({
  transport: jsonTransport('/auth'),
  diagnostics: devtools({ showPaths: true }),
  fetch: (input) => {
    const url = input instanceof Request ? input.url : String(input)
    return Promise.resolve(Response.json(/\/auth\//.test(url) ? answer() : { ok: true }))
  },
})
const createObjectURL = URL.createObjectURL.bind(URL)
URL.createObjectURL = (file) => {
  files.push(file as Blob)
  return createObjectURL(file)
}
document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
  forbidden.push(violatedDirective),
)
document.addEventListener('DOMContentLoaded', () => {
  const [main, heading] = [document.createElement('main'), document.createElement('h1')]
  heading.textContent = 'An application'
  main.append(heading)
  document.body.append(main)
})
window.devtoolsPage = {
  logIn: () => session.login(answer()),
  logOut: () => session.logout(),
  call: () =>
    session.authFetch('/api/me').then(
      ({ status }) => status,
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    ),
  tokens,
  files,
  forbidden,
}
