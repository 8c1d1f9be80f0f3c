import { gql, ServerError } from '@apollo/client'
import { ApolloProvider, useQuery } from '@apollo/client/react'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import '../page.ts'
import { main, NUMBERS, onRefetch, shown } from '../cache-page.ts'
import { client } from './apollo'
import './apollo-per-user'
import { ME, type Me } from './operations.ts'

const query = gql(ME)

function Name({ number }: { readonly number: number }): ReactNode {
  const { data, error } = useQuery<Me>(query, { variables: { number } })
  return <p>{shown(data?.me, error, ServerError.is(error) ? error.statusCode : undefined)}</p>
}

onRefetch(() => client.refetchQueries({ include: 'active' }).catch(() => undefined))

createRoot(main).render(
  <ApolloProvider client={client}>
    {NUMBERS.map((number) => (
      <Name key={number} number={number} />
    ))}
  </ApolloProvider>,
)
