// The members of RequestInit (Fetch §5.4), and two of our own.
const MEMBERS = [
  'body',
  'cache',
  'credentials',
  'duplex',
  'headers',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'park',
  'priority',
  'redirect',
  'referrer',
  'referrerPolicy',
  'replay',
  'signal',
  'window',
]

/** A copy of an `init`, with the values that the caller gave: these may be anything. */
export type InitCopy = Record<string, unknown> & RequestInit

/**
 * Copies an `init` as fetch reads it: each member by name, wherever it is defined, and once. Members that only a custom
 * fetch knows are copied if an object spread copies them.
 */
export function copyOf(init: object): InitCopy {
  const copy = { ...init } as InitCopy
  for (const name of MEMBERS) {
    if (name in copy) continue
    const value: unknown = (init as InitCopy)[name]
    if (value !== undefined) copy[name] = value
  }
  const { headers } = copy
  if (headers) copy.headers = listed(headers, (pair) => listed(pair)) as HeadersInit
  return copy
}

/** Whether fetch makes the same request of this copy each time: it has no value to convert, and no body that can change. */
export function isLasting(copy: InitCopy): boolean {
  return MEMBERS.every(
    (name) => name === 'headers' || name === 'signal' || copy[name] !== Object(copy[name]),
  )
}

/** What of a copy no Request takes in. */
export function othersOf(copy: InitCopy): InitCopy {
  return Object.fromEntries(Object.entries(copy).filter(([name]) => !MEMBERS.includes(name)))
}

/** What an iterable gives, in a list: some can be iterated once only. */
function listed(value: unknown, itemOf = (item: unknown) => item): unknown {
  const isIterable = value === Object(value) && Symbol.iterator in (value as object)
  return isIterable ? Array.from(value as Iterable<unknown>, itemOf) : value
}
