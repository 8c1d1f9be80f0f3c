import { ClientError } from 'graphql-request'
import { exposeClient } from '../page.ts'
import { client } from './graphql-request'
import { ADD_NOTE, ME, type AddNote, type Me } from './operations.ts'

exposeClient({
  read: async (number) => (await client.request<Me>(ME, { number })).me,
  send: async (text) => (await client.request<AddNote>(ADD_NOTE, { text })).addNote,
  refusalOf(error) {
    if (!(error instanceof ClientError)) return undefined
    const { errors, status } = error.response
    return errors?.[0]?.extensions['code'] ?? status
  },
})
