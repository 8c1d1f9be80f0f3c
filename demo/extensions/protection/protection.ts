import type { Extension } from '../../server/extension.ts'
import type { Attempts } from './attempts.ts'
import type { AddressOf } from './client-address.ts'
import type { MiddlewareHandler } from 'hono'

interface ProtectionDependencies {
  readonly attempts: Attempts
  readonly gate: MiddlewareHandler
  readonly addressOf: AddressOf
}

/** Limits how fast passwords can be guessed, and how many are hashed at once. */
export function protection({ attempts, gate, addressOf }: ProtectionDependencies): Extension {
  return {
    routes(app) {
      for (const path of ['/auth/register', '/auth/login']) app.use(path, gate)
    },

    async attempt(c, username) {
      const attempt = { username, address: addressOf(c) }
      await attempts.count(attempt)
      return () => attempts.forgive(attempt)
    },
  }
}
