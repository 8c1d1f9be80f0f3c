import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import '../page.ts'
import { counted, main, NUMBERS, onRefetch, shown } from '../cache-page.ts'
import { getJson, HttpError } from './api'
import { queryClient } from './query-client'

function Name({ number }: { readonly number: number }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['me', number],
    queryFn: () => counted(() => getJson<{ user: string }>(`/api/me?number=${number}`)),
  })
  return <p>{shown(data?.user, error, error instanceof HttpError ? error.status : undefined)}</p>
}

onRefetch(() => queryClient.refetchQueries())

createRoot(main).render(
  <QueryClientProvider client={queryClient}>
    {NUMBERS.map((number) => (
      <Name key={number} number={number} />
    ))}
  </QueryClientProvider>,
)
