import { TRPCClientError } from '@trpc/client'
import { exposeClient } from '../page.ts'
import type { AppRouter } from './router.ts'
import { trpc } from './trpc'

exposeClient({
  read: () => trpc.me.query(),
  send: (text) => trpc.addNote.mutate(text),
  refusalOf: (error) =>
    error instanceof TRPCClientError
      ? (error as TRPCClientError<AppRouter>).data?.httpStatus
      : undefined,
})
