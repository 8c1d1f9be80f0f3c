import { exposeClient } from '../page.ts'
import { api } from './openapi-fetch'

/** The client does not throw for an answer that is no success. */
class Refused extends Error {
  readonly status: number
  constructor({ status }: Response) {
    super()
    this.status = status
  }
}

exposeClient({
  async read() {
    const { data, response } = await api.GET('/me')
    if (!data) throw new Refused(response)
    return data.user
  },
  async send(text) {
    const { data, response } = await api.POST('/notes', { body: { text } })
    if (!data) throw new Refused(response)
    return data
  },
  refusalOf: (error) => (error instanceof Refused ? error.status : undefined),
})
