// axios-auth-refresh, as in its README ("Usage", "Request interceptor"): the refresh token in an HttpOnly cookie, the
// access token in localStorage, which every tab reads again for each request.
import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { startPage } from '../../support/bench-page.ts'
import { register } from '../../support/register.ts'

startPage(() => {
  const api = axios.create()

  async function refreshAuthLogic(failedRequest) {
    const headers = { 'x-requested-with': 'bench' }
    const { data } = await axios.post('/auth/refresh', {}, { headers })
    localStorage.setItem('token', data.access_token)
    failedRequest.response.config.headers['Authorization'] = `Bearer ${data.access_token}`
  }

  createAuthRefresh(api, refreshAuthLogic)
  api.interceptors.request.use((request) => {
    request.headers['Authorization'] = `Bearer ${localStorage.getItem('token')}`
    return request
  })

  return {
    async signIn() {
      const { access_token } = await register('cookie')
      localStorage.setItem('token', access_token)
    },
    send: async (path) => (await api.get(path)).status,
    // The library has no logout. An application would write this.
    async signOut() {
      localStorage.removeItem('token')
      await axios.post('/auth/logout', {}, { headers: { 'x-requested-with': 'bench' } })
    },
  }
})
