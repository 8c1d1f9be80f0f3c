// What the page of every recipe has beside the recipe: a session, which a test controls.
import { sessionErrorOf, type SessionErrorCode, type SessionState } from '../../src/index.ts'
// Of the documentation, if it has one: see bundle-recipe.ts.
import { session } from './session.ts'

/** The users of the server. They have no passwords. */
export type User = 'alice' | 'bob'

/** The interface of a recipe's page for tests. */
export interface RecipePage {
  readonly ready: Promise<SessionState>
  readonly state: () => SessionState
  signIn(user: User): Promise<void>
  logOut(): Promise<void>
  /** Moves this page's clock on. */
  skip(ms: number): void
}

/** What a call came to, as the caller of the client sees it. */
export interface Outcome {
  /** What a successful call resolved to. */
  readonly value?: unknown
  /** What the server has answered, as the client's error says: the HTTP status, or the code of a GraphQL error. */
  readonly refusal?: unknown
  /** The code of the SessionError behind the client's error. */
  readonly code?: SessionErrorCode | undefined
  /** The client's error. */
  readonly error?: string
}

/** The calls of a client that takes a `fetch`. */
export interface ClientPage {
  /** Makes so many calls at once, each of which reads who the user is. */
  read(count: number): Promise<Outcome[]>
  /** Makes one call with a body. It resolves to what the server has read. */
  send(text: string): Promise<Outcome>
}

declare global {
  interface Window {
    recipe: RecipePage
    client: ClientPage
  }
}

const systemNow = Date.now
let aheadMs = 0
Date.now = () => systemNow() + aheadMs

window.recipe = {
  ready: session.ready,
  state: () => session.state,
  async signIn(user) {
    const response = await fetch('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'recipe' },
      body: JSON.stringify({ user }),
    })
    await session.login(await response.json())
  },
  async logOut() {
    await session.logout()
  },
  skip: (ms) => void (aheadMs += ms),
}

/** Gives the tests of {@link ClientPage} a client. `refusalOf` finds in an error of the client what the server has answered. */
export function exposeClient(client: {
  read(index: number): Promise<unknown>
  send(text: string): Promise<unknown>
  refusalOf(error: unknown): unknown
}): void {
  const outcomeOf = (call: Promise<unknown>): Promise<Outcome> =>
    call.then(
      (value) => ({ value }),
      (error: unknown) => ({
        refusal: client.refusalOf(error),
        code: sessionErrorOf(error)?.code,
        error: String(error),
      }),
    )
  window.client = {
    read: (count) =>
      Promise.all(Array.from({ length: count }, (_, index) => outcomeOf(client.read(index)))),
    send: (text) => outcomeOf(client.send(text)),
  }
}
