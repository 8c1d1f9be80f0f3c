/** How many times as much is repeated as in `npm test`: `TIMES=20 npm run test:browser`. */
const TIMES = Number(process.env['TIMES'] ?? 1)

/** How often each test that depends on timing runs in a row. */
export const REPEATS = TIMES

/** Storms in a row, for each number of tabs: an even number. */
export const STORMS = 4 * TIMES

/** Lifetimes of an access token in a row, at a provider that latchkey does not know. */
export const LIFETIMES = 10 * TIMES

/** Rounds of twenty reloads. */
export const RELOAD_ROUNDS = TIMES

/** Minutes of a working day, half of them in cookie mode and half in body mode. */
export const DAY_MINUTES = Number(process.env['MINUTES'] ?? 0.2 * TIMES)
