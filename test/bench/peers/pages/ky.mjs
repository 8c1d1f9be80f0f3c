// ky's own recipe, as in its readme ("How do I implement token refresh on 401 responses?"), with an immediate retry
// after a 401. The refresh token is in an HttpOnly cookie, the access token in localStorage for all tabs. To give it
// the best chance, the refreshToken() that the recipe leaves to the application runs one refresh at a time in each tab.
import ky from 'ky'
import { startPage } from '../../support/bench-page.ts'
import { register } from '../../support/register.ts'

startPage(() => {
  let refreshing

  function refreshToken() {
    refreshing ??= refresh().finally(() => (refreshing = undefined))
    return refreshing
  }

  async function refresh() {
    const headers = { 'x-requested-with': 'bench' }
    const { access_token } = await ky.post('/auth/refresh', { json: {}, headers }).json()
    localStorage.setItem('token', access_token)
    return access_token
  }

  const api = ky.create({
    retry: { statusCodes: [401], delay: () => 0 },
    hooks: {
      beforeRequest: [
        ({ request }) =>
          request.headers.set('Authorization', `Bearer ${localStorage.getItem('token')}`),
      ],
      beforeRetry: [
        async ({ request }) => {
          const token = await refreshToken()
          request.headers.set('Authorization', `Bearer ${token}`)
        },
      ],
    },
  })

  return {
    async signIn() {
      const { access_token } = await register('cookie')
      localStorage.setItem('token', access_token)
    },
    send: async (path) => (await api.get(path)).status,
    // The recipe has no logout. An application would write this.
    async signOut() {
      localStorage.removeItem('token')
      await ky.post('/auth/logout', { json: {}, headers: { 'x-requested-with': 'bench' } })
    },
  }
})
