import fc, { type RunDetails } from 'fast-check'
import { runStory, Violation } from './run-story.ts'
import { settingInWords } from './setting.ts'
import { STORIES, type About, type Story } from './story.ts'

/** How many stories, which ones, and where in them to begin. */
export interface SimulateOptions {
  readonly runs: number
  readonly seed: number
  /** The way to one story, as a violation names it. */
  readonly path?: string | undefined
  /** What the stories are about: `idle` users, two applications with one `shared` cookie jar, or calls that are `parked` until their user signs in again. @default 'anything' */
  readonly about?: About | undefined
  /** Takes the first story that breaks a promise as it is, without looking for a shorter one. @default false */
  readonly isHasty?: boolean | undefined
}

/** What became of a simulation. */
export interface Simulated {
  readonly runs: number
  /** What was violated, with the story that shows it, in words; `null` if nothing was. */
  readonly violation: string | null
}

/** Tells stories until one breaks a promise, and then looks for a shorter one that does. */
export async function simulate({
  runs,
  seed,
  path,
  about = 'anything',
  isHasty = false,
}: SimulateOptions): Promise<Simulated> {
  const details = await fc.check(fc.asyncProperty(STORIES[about], runStory), {
    numRuns: runs,
    seed,
    endOnFailure: isHasty,
    ...(path !== undefined && { path }),
  })
  return { runs: details.numRuns, violation: details.failed ? report(details, about) : null }
}

function report(
  { errorInstance: error, counterexample, counterexamplePath, seed }: RunDetails<[Story]>,
  about: About,
): string {
  const [story] = counterexample ?? []
  const told = error instanceof Violation ? error.told : []
  return [
    String(error instanceof Violation ? error.message : (error as Error).stack),
    `with ${story ? settingInWords(story.setting) : ''}:`,
    '',
    ...told.map((what, index) => `${String(index + 1).padStart(4)}. ${what}`),
    '',
    `Again: npm run simulate -- ${about === 'anything' ? '' : `--${about} `}--seed ${seed} --path ${counterexamplePath ?? ''}`,
  ].join('\n')
}
