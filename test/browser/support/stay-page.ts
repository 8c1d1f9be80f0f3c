// A page with a note and a file, whose session ends when the test says so, and whose calls wait for the next sign-in.
import { defineSessionDialog } from '../../../src/element/index.ts'
import { createSession, jsonTransport, stay, type AuthRequestInit } from '../../../src/index.ts'
import { unsignedToken } from '../../../src/testing/unsigned-token.ts'

/** The interface of the page for tests. */
export interface StayPage {
  /** The status of the session, how many calls wait, and whether the page is to be covered. */
  state(): { status: string; parked: number | null; isCovered: boolean }
  logIn(user: string): Promise<void>
  /** Has the server end the session. */
  end(): Promise<void>
  /** Sends the note to `/api/PATH`, or a form with a file of `fileBytes`. */
  save(path: string, options?: { readonly fileBytes?: number; readonly key?: string }): void
  /** What has become of each call, by its path: a status, or the code or name of an error. */
  readonly outcomes: Readonly<Record<string, string | number>>
}

declare global {
  interface Window {
    stayPage: StayPage
  }
}

/** The status with which the API says that the session has ended. */
const GONE = 410

const session = createSession({
  transport: jsonTransport('/auth'),
  judgeResponse: ({ status }) => (status === GONE ? 'ended' : 'ok'),
  onEnd: stay(),
})
const outcomes: Record<string, string | number> = {}

const page: StayPage = {
  state() {
    const { status, parked, cover } = session.state
    return { status, parked, isCovered: cover !== null }
  },
  logIn: (user) =>
    session.login({
      access_token: unsignedToken({ sub: user }),
      refresh_token: `of ${user}`,
      expires_in: 3_600,
    }),
  async end() {
    await session.authFetch('/api/end', { park: false })
  },
  save(path, { fileBytes, key } = {}) {
    const note = document.querySelector('textarea')?.value ?? ''
    void send(path, { method: 'POST', body: fileBytes ? formOf(fileBytes) : note }, key)
  },
  outcomes,
}
window.stayPage = page

async function send(path: string, init: AuthRequestInit, key?: string): Promise<void> {
  try {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const answer = await session.authFetch(`/api/${path}`, { ...init, headers })
    outcomes[path] = answer.status
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    outcomes[path] = typeof code === 'string' ? code : name
  }
}

function formOf(bytes: number): FormData {
  const form = new FormData()
  form.set('title', 'A file')
  form.set('file', new File([new Uint8Array(bytes).fill(120)], 'file.txt', { type: 'text/plain' }))
  return form
}

document.addEventListener('DOMContentLoaded', () => {
  const note = document.createElement('textarea')
  note.id = 'note'
  const label = document.createElement('label')
  label.append('Note ', note)
  const dialog = document.createElement('session-dialog')
  dialog.session = session
  dialog.signIn = () => page.logIn('alice')
  document.body.append(label, dialog)
  defineSessionDialog()
})
