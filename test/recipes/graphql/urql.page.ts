import { CombinedError } from '@urql/core'
import { exposeClient } from '../page.ts'
import { ADD_NOTE, ME, type AddNote, type Me } from './operations.ts'
import { client } from './urql'

exposeClient({
  async read(number) {
    const { data, error } = await client.query<Me>(ME, { number }).toPromise()
    if (error) throw error
    return data?.me
  },
  async send(text) {
    const { data, error } = await client.mutation<AddNote>(ADD_NOTE, { text }).toPromise()
    if (error) throw error
    const { user, text: read } = data?.addNote ?? {}
    return { user, text: read }
  },
  refusalOf(error) {
    if (!(error instanceof CombinedError)) return undefined
    const { graphQLErrors, response } = error as CombinedError & { response?: Response }
    return graphQLErrors[0]?.extensions['code'] ?? response?.status
  },
})
