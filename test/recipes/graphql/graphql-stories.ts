import { tellClientStories } from '../client-stories.ts'
import { serveGraphQL, type Refusal } from './yoga.ts'

/** Tests a client with servers that refuse a token in either way. */
export function tellGraphQLStories(name: string, page: string): void {
  for (const refusal of [401, 'UNAUTHENTICATED'] satisfies Refusal[])
    tellClientStories(`${name}, refused with ${String(refusal)}`, {
      folder: import.meta.dirname,
      page,
      api: '/graphql',
      refusal,
      refusedStatus: refusal === 401 ? 401 : 200,
      routes: serveGraphQL(refusal),
    })
}
