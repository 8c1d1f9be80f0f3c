// The page of the upload test: a session, and a body that is too long to be kept in memory.
import { cookieTransport, createSession } from '../../../src/index.ts'
import { uploadStream } from '../../support/upload.ts'

declare global {
  interface Window {
    /** Notes how much memory this page uses. The test provides it. */
    noteMemory(): Promise<void>
    /** Uploads `count` pieces to `url` by `authFetch`. */
    upload(url: string, count: number): Promise<{ readonly status: number; readonly text: string }>
  }
}

const session = createSession({ transport: cookieTransport('/auth', { hintCookie: 'none' }) })

window.upload = async (url, count) => {
  await session.login({ access_token: 'secret-0', expires_in: 86_400 })
  const body = uploadStream(count, () => window.noteMemory())
  const init = { method: 'POST', body, duplex: 'half' }
  const response = await session.authFetch(url, init)
  return { status: response.status, text: await response.text() }
}
