import { createSchema, createYoga } from 'graphql-yoga'
import { GraphQLError } from 'graphql'
import type { Site } from '../server.ts'

/** How a server refuses a token: before it looks at the query, or as the error of a field, in an answer with 200. */
export type Refusal = 401 | 'UNAUTHENTICATED'

interface Context {
  /** The user; `undefined` if the token was refused. */
  readonly user: string | undefined
}

const schema = createSchema<Context>({
  typeDefs: `
    type Query { me(number: Int): String }
    type Mutation { addNote(text: String!): Note }
    type Note { user: String!, text: String! }
  `,
  resolvers: {
    Query: { me: (_: unknown, _args: unknown, { user }: Context) => known(user) },
    Mutation: {
      addNote: (_: unknown, { text }: { text: string }, { user }: Context) => ({
        user: known(user),
        text,
      }),
    },
  },
})

/** Adds `/graphql` to a server. */
export function serveGraphQL(refusal: Refusal): (site: Site) => void {
  return ({ app, userOf }) => {
    const yoga = createYoga<Context>({ schema, logging: false, maskedErrors: false })
    app.all('/graphql', async (c) => {
      const user = await userOf(c.req.raw)
      if (typeof user !== 'string' && refusal === 401) return user
      return yoga.fetch(c.req.raw, { user: typeof user === 'string' ? user : undefined })
    })
  }
}

function known(user: string | undefined): string {
  if (user !== undefined) return user
  throw new GraphQLError('Not with this token', { extensions: { code: 'UNAUTHENTICATED' } })
}
