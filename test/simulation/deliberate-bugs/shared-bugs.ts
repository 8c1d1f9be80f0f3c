import { bug, type Bug } from './bug.ts'

/** Mistakes with a cookie that another application renews as well. */
export const SHARED_BUGS: readonly Bug[] = [
  bug(
    'the number to which another application has moved the cookie is not followed',
    'core/refresh/exchange.ts',
    'const ask = isSecret ?',
    'const ask = isSecret || seq !== null ?',
  ),
  bug(
    'a cookie that another application has just renewed is given up at once',
    'core/refresh/follow-jar.ts',
    'const LOOK_AGAIN_MS = [250, 1_000, 4_000, 6_000]',
    'const LOOK_AGAIN_MS = [250]',
  ),
]
