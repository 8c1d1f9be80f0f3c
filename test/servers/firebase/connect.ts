import {
  readTokenResponse,
  recordStorage,
  type Tokens,
  type Transport,
} from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

const url = '/securetoken.googleapis.com/v1/token'
const apiKey = 'a-key'
/** What only a new sign-in mends. */
const OVER = ['TOKEN_EXPIRED', 'USER_DISABLED', 'USER_NOT_FOUND', 'INVALID_REFRESH_TOKEN']

function readFirebase(answer: unknown): Tokens {
  const { id_token, idToken, refresh_token, refreshToken, expires_in, expiresIn } = (answer ??
    {}) as Record<string, string | undefined>
  return readTokenResponse({
    access_token: id_token ?? idToken,
    refresh_token: refresh_token ?? refreshToken,
    expires_in: expires_in ?? expiresIn,
  })
}

const transport: Transport = {
  id: `${url}#${apiKey}`,
  endpoints: [url],
  storage: recordStorage(),
  // A refresh token stays good after it was used.
  idempotent: true,
  read: readFirebase,
  async refresh({ tokens, fetch, signal }) {
    const refresh_token = tokens?.refreshToken ?? ''
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
    const response = await fetch(`${url}?key=${apiKey}`, { method: 'POST', body, signal })
    const answer = (await response.json()) as { error?: { message: string } }
    if (response.ok) return { type: 'refreshed', tokens: readFirebase(answer) }
    if (OVER.includes(answer.error?.message ?? ''))
      return { type: 'rejected', reason: 'refresh-rejected' }
    return { type: 'unavailable', status: response.status }
  },
  // A page cannot revoke.
  revoke: () => Promise.resolve(true),
}

export const firebase: ForeignServer = {
  name: 'Firebase Auth emulator',
  folder: 'firebase',
  package: 'firebase-tools',
  transport,
  signIn: (name) =>
    post(`/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=${apiKey}`, {
      email: `${name}@example.com`,
      password: `${name}-password`,
      returnSecureToken: true,
    }),
  api: '/api/me',
  userIn: (answer) => (answer as { email?: string }).email?.split('@')[0],
  isRefresh: ({ path }) => path.startsWith(url),
  expiredAfterMs: 61 * 60_000,
  async refuse(origin) {
    const accounts = `${origin}/emulator/v1/projects/demo-project/accounts`
    await fetch(accounts, { method: 'DELETE', headers: { authorization: 'Bearer owner' } })
  },
  costs: {},
}
