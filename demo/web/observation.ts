/** What a bar or a mark of the timeline stands for. */
export type Kind = 'token' | 'renewal' | 'call' | 'lock' | 'queue' | 'activity' | 'warning' | 'mark'

export type Outcome = 'good' | 'bad' | 'lost' | 'quiet'

/** One thing that a tab did or observed. Holds no token, and nothing else that other tabs must not see. */
export interface Observation {
  readonly id: string
  /** The tab in whose lane it is drawn. */
  readonly tab: number
  /** The tab that noted it. Any tab can see which tab has a lock. */
  readonly by: number
  readonly kind: Kind
  /** By the clock that all tabs share (`trueNow`). */
  readonly from: number
  /** `null` while it goes on. For a token: when it expires or was replaced. For a warning: when the session ends. */
  readonly to: number | null
  /** `null` while it goes on. */
  readonly outcome: Outcome | null
  /** In a few words: "GET /api/me: 200". */
  readonly text: string
}

/** The result of something that took a while. */
export interface Ending {
  readonly outcome: Outcome
  readonly text?: string
}
