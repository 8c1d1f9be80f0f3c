import { misuse } from '../misuse.ts'

/** What the server does with a refresh token that has been used. */
export interface RotationOptions {
  /**
   * `false`: the server does not rotate refresh tokens, so no tab has to wait for another. @default true
   */
  readonly rotates?: boolean | undefined
  /**
   * `true`: a refresh token that was just used may be shown again, because the server knows idempotency keys or forgives it
   * for some seconds. `false`: it must not be. @default as the server's last answer says: `true` if that had a `seq`
   */
  readonly idempotent?: boolean | undefined
}

/** Whether a refresh may be sent again; `undefined` to go by the server's answers. Throws a `TypeError` on misuse. */
export function isIdempotent({ rotates, idempotent }: RotationOptions): boolean | undefined {
  for (const [option, value] of Object.entries({ rotates, idempotent }))
    if (value !== undefined && typeof value !== 'boolean') throw misuse(option, 'a boolean', value)
  return rotates === false || idempotent
}
