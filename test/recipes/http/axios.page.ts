import { isAxiosError } from 'axios'
import { exposeClient } from '../page.ts'
import { api } from './axios'

exposeClient({
  read: async () => (await api.get<{ user: string }>('/me')).data.user,
  send: async (text) => (await api.post<unknown>('/notes', { text })).data,
  refusalOf: (error) => (isAxiosError(error) ? error.response?.status : undefined),
})
