import { serverEvents } from '../../src/index.ts'
import type { VirtualTab } from '../../src/testing/virtual-tab.ts'
import { createEventServer, EVENTS, type EventServer } from './event-server.ts'
import { createProfile, type Profile, type ProfileOptions } from './profile.ts'

/** Tabs of a session that follow the events of their server. */
export interface EventTabs {
  readonly profile: Profile
  readonly server: EventServer
  readonly tabs: readonly VirtualTab[]
  /** The tab that has the connection, and one that has not, if there is one. */
  readonly holder: VirtualTab
  readonly other: VirtualTab
}

/** Opens this many tabs of a signed-in user, and waits until all virtual work is done. */
export async function openEventTabs(
  count: number,
  options: ProfileOptions = {},
): Promise<EventTabs> {
  const profile = createProfile({ events: serverEvents(EVENTS), ...options })
  const server = createEventServer(profile.server)
  const holder = await profile.signedIn()
  const tabs = [holder]
  while (tabs.length < count) tabs.push(await profile.openTab())
  await profile.clock.advance(2_000)
  profile.server.forget()
  return { profile, server, tabs, holder, other: tabs[1] ?? holder }
}

/** The server events that the tab has emitted, in order. */
export function heardBy(tab: VirtualTab): readonly string[] {
  return tab.eventsOf('server-event').map(({ data }) => data)
}
