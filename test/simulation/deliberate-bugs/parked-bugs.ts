import { bug, type Bug } from './bug.ts'

/** Mistakes with calls that wait for their user to sign in again. */
export const PARKED_BUGS: readonly Bug[] = [
  bug(
    'what waited is sent to any user who signs in',
    'parked/lot.ts',
    'else if (isSame) welcome(record)',
    'else if (isSame !== undefined) welcome(record)',
  ),
  bug(
    'writes that waited are sent at once',
    'parked/queue.ts',
    'if (!entry.isWrite && !entry.isLeaving) void deliver(entry)',
    'if (!entry.isLeaving) void deliver(entry)',
  ),
  bug(
    'as many calls wait as are made',
    'parked/queue.ts',
    'return entries.length < bounds.maxRequests\n',
    'return entries.length < Infinity\n',
  ),
  bug(
    'a time that is over does not end the wait',
    'parked/lot.ts',
    'deadline.set(Math.max(ms, 0))',
    'deadline.set(Infinity)',
  ),
]
