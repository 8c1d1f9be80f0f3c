import fc from 'fast-check'
import { TRANSPORTS, type TransportName } from './transports.ts'

/** What an application has chosen, and its server with it. */
export interface Setting {
  /** How tokens travel. */
  readonly transport: TransportName
  /** After how long without a user the session ends; `Infinity` for never. */
  readonly afterMs: number
  /** How early the user is warned of any end. */
  readonly warnMs: number
  /** How early a token is renewed. */
  readonly leadMs: number
  /** Whether the server pushes events to the tabs. */
  readonly hasEvents: boolean
  /** Whether calls wait after an end. @default false */
  readonly stays?: boolean
  /** Whether a worker makes the refreshes. @default false */
  readonly hasWorker?: boolean
}

/** What most applications choose. */
export const USUAL: Setting = {
  transport: 'cookie',
  afterMs: Infinity,
  warnMs: 60_000,
  leadMs: 60_000,
  hasEvents: false,
}

/** Idle time and warnings, of which each has to be longer than the next. */
const IDLE = [
  { afterMs: 1_800_000, warnMs: 60_000 },
  { afterMs: 1_800_000, warnMs: 300_000 },
  { afterMs: 120_000, warnMs: 25_000 },
  { afterMs: 25_000, warnMs: 20_000 },
]
const NEVER_IDLE = [60_000, 20_000, 300_000].map((warnMs) => ({ afterMs: Infinity, warnMs }))

const transport = fc.constantFrom(
  // What most applications use is told of most.
  ...Array<TransportName[]>(3).fill(['cookie', 'json', 'keyless']).flat(),
  ...(Object.keys(TRANSPORTS) as TransportName[]).filter((name) => !TRANSPORTS[name].isShared),
)

/** Any setting; with an idle timeout if `isWatched`. */
export function settings(isWatched: boolean): fc.Arbitrary<Setting> {
  return fc
    .record({
      transport,
      times: fc.constantFrom(...IDLE, ...(isWatched ? [] : [...NEVER_IDLE, ...NEVER_IDLE])),
      leadMs: fc.constantFrom(60_000, 60_000, 5_000, 120_000),
      hasEvents: fc.constantFrom(false, false, false, false, false, true),
    })
    .map(({ times, ...others }) => ({ ...others, ...times }))
}

/** A setting in words, as far as it is not the usual one. */
export function settingInWords({ transport, ...others }: Setting): string {
  const told = Object.entries(others).filter(
    ([name, value]) => value !== USUAL[name as keyof Setting],
  )
  return [`transport ${transport}`, ...told.map(([name, value]) => `${name} ${value}`)].join(', ')
}
