import { CombinedGraphQLErrors, gql, ServerError } from '@apollo/client'
import { exposeClient } from '../page.ts'
import { client } from './apollo'
import { ADD_NOTE, ME, type AddNote, type Me } from './operations.ts'

exposeClient({
  read: async (number) =>
    (await client.query<Me>({ query: gql(ME), variables: { number } })).data?.me,
  async send(text) {
    const { data } = await client.mutate<AddNote>({ mutation: gql(ADD_NOTE), variables: { text } })
    return { user: data?.addNote.user, text: data?.addNote.text }
  },
  refusalOf(error) {
    if (ServerError.is(error)) return error.statusCode
    return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.['code'] : undefined
  },
})
