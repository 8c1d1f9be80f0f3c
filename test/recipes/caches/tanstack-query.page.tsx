import {
  MutationObserver,
  onlineManager,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { counted, main, NUMBERS, onRefetch, shown } from '../cache-page.ts'
import '../page.ts'
import { getJson, HttpError } from './api'
import { queryClient } from './query-client'
import { authFetch } from './session'

/** The interface of the page for tests of mutations. */
export interface Mutations {
  /** Tells the client whether there is a network. Without one it keeps mutations for later. */
  setOnline(isOnline: boolean): void
  /** Starts a mutation. */
  write(text: string): void
}

declare global {
  interface Window {
    mutations: Mutations
  }
}

const notes = new MutationObserver(queryClient, {
  mutationFn: (text: string) =>
    authFetch('/api/notes', { method: 'POST', body: JSON.stringify({ text }) }),
})

window.mutations = {
  setOnline: (isOnline) => onlineManager.setOnline(isOnline),
  write: (text) => void notes.mutate(text),
}

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
