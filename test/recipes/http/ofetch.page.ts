import { FetchError } from 'ofetch'
import { exposeClient } from '../page.ts'
import { api } from './ofetch'

exposeClient({
  read: async () => (await api<{ user: string }>('/me')).user,
  send: (text) => api<unknown>('/notes', { method: 'POST', body: { text } }),
  refusalOf: (error) => (error instanceof FetchError ? error.status : undefined),
})
