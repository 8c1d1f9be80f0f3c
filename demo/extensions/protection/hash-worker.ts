// What a thread for hashing does. It hashes synchronously: the asynchronous functions would use the threads that the
// whole process shares.
import { hashSync, verifySync, type Options } from '@node-rs/argon2'

/** Hashes a password. */
export function hash({
  password,
  cost,
}: {
  readonly password: string
  readonly cost: Options
}): string {
  return hashSync(password, cost)
}

/** Whether a password has this hash. */
export function verify({
  password,
  hashed,
}: {
  readonly password: string
  readonly hashed: string
}): boolean {
  return verifySync(hashed, password)
}
