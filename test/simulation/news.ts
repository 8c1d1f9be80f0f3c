import type { SessionRecord } from '../../src/core/record/record.ts'
import type { Sending } from './weather.ts'
import type { Heard, World } from './world.ts'

/** What has happened since the last look. */
export interface News {
  readonly sent: readonly Sending[]
  readonly heard: readonly Heard[]
  readonly posted: readonly unknown[]
  /** What was written to IndexedDB, after the last record of the time before. */
  readonly written: readonly SessionRecord[]
}

/** Follows a world: each call tells what is new. */
export function createNews({ sent, actors, browser }: World): (wipedAt: number) => News {
  let sentUntil = 0
  let postedUntil = 0
  let writtenUntil = 0
  const heardUntil = new Map<object, number>()

  return (wipedAt) => {
    const news: News = {
      sent: sent.slice(sentUntil),
      posted: browser.posted.slice(postedUntil),
      heard: actors.flatMap((actor) => actor.heard.slice(heardUntil.get(actor) ?? 0)),
      written: browser.written.slice(
        Math.max(writtenUntil - 1, wipedAt, 0),
      ) as readonly SessionRecord[],
    }
    sentUntil = sent.length
    postedUntil = browser.posted.length
    writtenUntil = browser.written.length
    for (const actor of actors) heardUntil.set(actor, actor.heard.length)
    return news
  }
}
