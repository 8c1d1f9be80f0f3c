import { isSessionError, type SessionError } from './errors.ts'

/** Where an error keeps those that it was made from: ECMAScript, GraphQL clients, GraphQL servers, tus, `AggregateError`. */
const PLACES = ['cause', 'networkError', 'originalError', 'causingError', 'errors']
/** Errors that are looked at, so that a chain without an end is left. */
const MOST = 100

/**
 * The {@link SessionError} that `error` is or was made from, the nearest one first; `null` if there is none. Use it where
 * `authFetch` is called by a library that wraps errors of its own around it, such as ofetch, urql, tRPC, connect or tus.
 * Never throws.
 */
export function sessionErrorOf(error: unknown): SessionError | null {
  // A Set holds each error once, keeps their order, and iterates over values that are added meanwhile.
  const errors = new Set([error])
  for (const each of errors) {
    if (isSafely(each)) return each
    for (const inner of innerErrorsOf(each)) if (errors.size < MOST) errors.add(inner)
  }
  return null
}

/** A property of an error may be an accessor, and throw. */
function isSafely(error: unknown): error is SessionError {
  try {
    return isSessionError(error)
  } catch {
    return false
  }
}

function innerErrorsOf(error: unknown): readonly unknown[] {
  return PLACES.flatMap((place): readonly unknown[] => {
    try {
      const inner = (error as Readonly<Record<string, unknown>> | null)?.[place]
      return Array.isArray(inner) ? inner.slice(0, MOST) : [inner]
    } catch {
      return []
    }
  })
}
