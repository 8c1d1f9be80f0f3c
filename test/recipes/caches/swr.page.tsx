import { useEffect, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import useSWR, { SWRConfig, useSWRConfig } from 'swr'
import '../page.ts'
import { counted, main, NUMBERS, onRefetch, shown } from '../cache-page.ts'
import { getJson, HttpError } from './api'
import { CachePerUser } from './cache-per-user'

const fetcher = (url: string): Promise<{ user: string }> => counted(() => getJson(url))

function Name({ number }: { readonly number: number }): ReactNode {
  const { data, error } = useSWR<{ user: string }, unknown>(`/api/me?number=${number}`, fetcher)
  return <p>{shown(data?.user, error, error instanceof HttpError ? error.status : undefined)}</p>
}

function Names(): ReactNode {
  const { mutate } = useSWRConfig()
  useEffect(() => onRefetch(() => mutate(() => true)), [mutate])
  return NUMBERS.map((number) => <Name key={number} number={number} />)
}

createRoot(main).render(
  // So soon that a retry of what is hopeless would be seen.
  <SWRConfig value={{ errorRetryInterval: 1 }}>
    <CachePerUser>
      <Names />
    </CachePerUser>
  </SWRConfig>,
)
