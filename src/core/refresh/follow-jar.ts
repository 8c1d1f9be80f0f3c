import type { RefreshOutcome } from '../../transport.ts'

// For how long the answer to another tab or application may still be on its way when the server says that it has given one:
// longer in all than a request is waited for.
const LOOK_AGAIN_MS = [250, 1_000, 4_000, 6_000]
// Two applications that renew at the same moment follow each other once or twice.
const MOST_STEPS = 8

type Superseded = Extract<RefreshOutcome, { type: 'superseded' }>

/**
 * Goes on after a 409, which names the number of the cookie that was shown. Another tab may have renewed: `movedOn` waits and
 * looks for that. Or another application has, which has a record of its own and renews the same cookie: `ask` repeats the
 * request with the number that was named, after each look, and at once again for as long as the number grows.
 *
 * Resolves to `undefined` if another tab has moved on, which `ask` may find as well, and else to the last answer; if that is
 * still `superseded`, it has the highest number that was named. Pass no `ask` for a token that came in a body: no other application renews that.
 */
export async function followJar<Outcome extends RefreshOutcome>(
  first: Superseded,
  seq: number | null,
  movedOn: (afterMs: number) => Promise<boolean>,
  ask: ((sequence: number | null) => Promise<Outcome | undefined>) | undefined,
): Promise<Outcome | Superseded | undefined> {
  let { sequence: shown } = first
  let highest = seq ?? 0
  let steps = 0

  for (const ms of LOOK_AGAIN_MS) {
    if (await movedOn(ms)) return undefined
    let hasGrown = true
    // For a lower number the key is not known any more, and any other key would look like theft.
    while (ask && hasGrown && shown !== undefined && shown >= highest && steps++ < MOST_STEPS) {
      highest = shown
      const outcome = await ask(seq === null ? null : highest)
      if (outcome?.type !== 'superseded') return outcome
      shown = outcome.sequence
      hasGrown = shown !== undefined && shown > highest
    }
  }
  return { type: 'superseded', sequence: highest }
}
