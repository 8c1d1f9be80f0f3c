import { HTTPError } from 'ky'
import { exposeClient } from '../page.ts'
import { api } from './ky'

exposeClient({
  read: async () => (await api.get('/api/me').json<{ user: string }>()).user,
  send: (text) => api.post('/api/notes', { json: { text } }).json(),
  refusalOf: (error) => (error instanceof HTTPError ? error.response.status : undefined),
})
