import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import '../page.ts'
import { main, NUMBERS, onRefetch, shown } from '../cache-page.ts'
import { api } from './rtk-query'
import { store } from './store'

function Name({ number }: { readonly number: number }): ReactNode {
  const { currentData, error } = api.useMeQuery(number)
  const { code, status } = (error ?? {}) as {
    readonly code?: string
    readonly status?: number | string
  }
  return <p>{shown(currentData?.user, error, code ?? status)}</p>
}

onRefetch(() => store.dispatch(api.util.invalidateTags(['Me'])))

createRoot(main).render(
  <Provider store={store}>
    {NUMBERS.map((number) => (
      <Name key={number} number={number} />
    ))}
  </Provider>,
)
