import { HTTPError } from 'ky'
import { exposeClient } from '../page.ts'
import { api } from './ky'

exposeClient({
  read: async () => (await api.get('me').json<{ user: string }>()).user,
  send: (text) => api.post('notes', { json: { text } }).json(),
  statusOf: (error) => (error instanceof HTTPError ? error.response.status : undefined),
})
