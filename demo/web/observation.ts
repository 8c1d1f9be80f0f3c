/** What a bar or a mark of the timeline stands for. */
export type Kind = 'token' | 'renewal' | 'call' | 'lock' | 'queue' | 'activity' | 'warning' | 'mark'

export type Outcome = 'good' | 'bad' | 'lost' | 'quiet'

/** One thing that a tab did or saw. Holds no token, and nothing else that would have to be kept from the other tabs. */
export interface Observation {
  readonly id: string
  /** Whose lane it is in. */
  readonly tab: number
  /** Which tab noted it: of a lock, anybody can see who has it. */
  readonly by: number
  readonly kind: Kind
  /** On the clock that all tabs share (`trueNow`). */
  readonly from: number
  /** `null` while it goes on; for a token, when it expires or was replaced, for a warning, when the session ends. */
  readonly to: number | null
  /** `null` while it goes on. */
  readonly outcome: Outcome | null
  /** In a few words: "GET /api/me: 200". */
  readonly text: string
}

/** How a thing that went on turned out. */
export interface Ending {
  readonly outcome: Outcome
  readonly text?: string
}
