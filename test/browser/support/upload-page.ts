// The page of the upload test: a session, and a body that is too long to be kept.
import { cookieTransport, createSession } from '../../../src/index.ts'
import { uploadStream } from '../../support/upload.ts'

declare global {
  interface Window {
    /** The test's own, which is to know how much memory this page has in use. */
    weigh(): Promise<void>
    /** Uploads so many pieces to `url` by `authFetch`. */
    upload(url: string, count: number): Promise<{ readonly status: number; readonly text: string }>
  }
}

const session = createSession({ transport: cookieTransport('/auth', { hintCookie: 'none' }) })

window.upload = async (url, count) => {
  await session.login({ access_token: 'secret-0', expires_in: 86_400 })
  const body = uploadStream(count, () => window.weigh())
  const init = { method: 'POST', body, duplex: 'half' }
  const response = await session.authFetch(url, init)
  return { status: response.status, text: await response.text() }
}
