import { Piscina } from 'piscina'
import type { Config } from '../../config.ts'
import type { Passwords } from '../../server/accounts/accounts.ts'
import type * as worker from './hash-worker.ts'

/** Hashes passwords with argon2id. */
export interface PasswordHashing extends Passwords {
  close(): Promise<void>
}

/**
 * Hashes in threads of its own, as many as logins may run at once. A hash keeps a thread busy for tens of milliseconds;
 * in libuv's pool, signing and verifying tokens would wait for it. On Linux these threads also have a lower priority
 * than the one that answers requests; elsewhere priorities are those of a whole process.
 */
export function createPasswordHashing({
  passwordCost,
  loginsAtOnce,
}: Pick<Config, 'passwordCost' | 'loginsAtOnce'>): PasswordHashing {
  const threads = new Piscina({
    filename: new URL('hash-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: loginsAtOnce,
    idleTimeout: 60_000,
    niceIncrement: process.platform === 'linux' ? 10 : 0,
  })
  // The type of an answer is that of the function of this name in the worker.
  const run = <Name extends keyof typeof worker>(
    name: Name,
    task: Parameters<(typeof worker)[Name]>[0],
  ): Promise<ReturnType<(typeof worker)[Name]>> => threads.run(task, { name })

  return {
    hash: (password) => run('hash', { password, cost: passwordCost }),
    verify: (hashed, password) => run('verify', { password, hashed }),
    close: () => threads.close(),
  }
}
