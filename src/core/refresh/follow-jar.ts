import type { RefreshOutcome } from '../../transport.ts'

// For how long another tab's answer may still be on its way when the server says that it has given one.
const LOOK_AGAIN_MS = [250, 1_000, 4_000]
// Two pages that renew at the same moment follow each other once or twice.
const MOST_STEPS = 8

type Superseded = Extract<RefreshOutcome, { type: 'superseded' }>

/**
 * Goes on after a 409. Another tab may have renewed; `movedOn` looks for that. Otherwise another application of the same
 * site may have: it has a record of its own, and renews the same cookie. Then `ask` repeats the request with the number
 * that the cookie jar shows, at once for as long as that grows, and after each look. Resolves to the answer, which is
 * `superseded` with the highest number that was named if nothing helped, or to `undefined` if another tab has moved on.
 * Without `ask` the token is in script's hands, where no other application renews it.
 */
export async function followJar<Outcome extends RefreshOutcome>(
  first: Superseded,
  seq: number | null,
  movedOn: (afterMs: number) => Promise<boolean>,
  ask: ((sequence: number | null) => Promise<Outcome>) | undefined,
): Promise<Outcome | Superseded | undefined> {
  let { sequence: shown } = first
  let highest = seq ?? 0
  let steps = 0

  for (const ms of LOOK_AGAIN_MS) {
    if (await movedOn(ms)) return undefined
    let hasGrown = true
    // A lower number is that of a token whose key is not known any more, and any other key would look like theft.
    while (ask && hasGrown && shown !== undefined && shown >= highest && steps++ < MOST_STEPS) {
      highest = shown
      const outcome = await ask(seq === null ? null : highest)
      if (outcome.type !== 'superseded') return outcome
      shown = outcome.sequence
      hasGrown = shown !== undefined && shown > highest
    }
  }
  return { type: 'superseded', sequence: highest }
}
