import { createWorld } from './create-world.ts'
import { atRest, invariants } from './invariants.ts'
import { nothingIsHeld } from './invariants/at-rest.ts'
import { MOVES, type Move } from './moves.ts'
import { has, whoIsThere } from './invariants/invariant.ts'
import { beThere, sessionMoves } from './moves/session.ts'
import { createNews } from './news.ts'
import type { Story } from './story.ts'
import { isBeyondHelp, REQUEST_MS, type World } from './world.ts'

// Four ways of two seconds each, within the shortest idle time.
const SIGNED_IN_MS = 9_000

/** A promise that was not kept. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** The story until then, in words. */
  readonly told: readonly string[]

  constructor(invariant: string, what: string, told: readonly string[]) {
    super(`${inWords(invariant)}: ${what}`)
    this.told = told
  }
}

/** Runs a story, and then lets everything come to rest. Throws a {@link Violation} if something does not hold. */
export async function runStory(story: Story): Promise<void> {
  const world = createWorld(story)
  const newsSince = createNews(world)

  function check(): void {
    const news = newsSince(world.wipedAt)
    for (const invariant of invariants) {
      const what = invariant(world, news)
      if (what !== undefined) throw new Violation(invariant.name, what, world.told)
    }
  }

  function checkRest(): void {
    check()
    if (isBeyondHelp(world)) return
    for (const invariant of atRest) {
      const what = invariant(world)
      if (what !== undefined) throw new Violation(invariant.name, what, world.told)
    }
  }

  await world.browser.settle()
  for (const { move, pick, much } of story.steps) {
    const { run, trouble }: Move = MOVES[move]
    const told = await run(world, pick, much)
    if (told === undefined) continue
    if (trouble) world.suffer(trouble)
    world.told.push(told)
    await world.browser.settle()
    check()
  }
  await comeToRest(world, check, checkRest)
}

/** From now on nothing goes wrong: whatever the story has left behind must sort itself out. */
async function comeToRest(world: World, check: () => void, checkRest: () => void): Promise<void> {
  world.told.push('from here on nothing goes wrong')
  const { browser, weather } = world
  const fine = { record: 'ok', mirror: 'ok', locks: 'ok', channel: 'ok' } as const
  for (const faults of [browser.faults, ...world.actors.map(({ tab }) => tab.faults)])
    Object.assign(faults, fine)
  if (world.worker) world.worker.state = 'ok'
  weather.clear()
  for (const actor of world.open) {
    const { tab } = actor
    if (!tab.isRunning) {
      actor.runsSince = browser.clock.uptime()
      tab.thaw()
    }
    if (!tab.isVisible) tab.setVisible(true)
    // What neither of the two has told, a tab finds when somebody comes to it.
    if (world.troubles.has('channel') && world.troubles.has('mirror')) tab.tell('woke')
  }
  if (world.open.every(({ isDisposed }) => isDisposed)) world.openTab()
  await browser.settle()
  check()
  // Somebody comes back, unless it is too late for that.
  for (const actor of world.open) beThere(world, actor)
  await world.wait(180_000)
  check()
  await useAll(world, check)
  checkRest()
  // Once more past the life of whatever token is held.
  world.noteTime(700_000)
  browser.clock.sleep(700_000)
  await useAll(world, check)
  checkRest()
  // Tabs that remember a record which is gone go by its epoch, and that by the clock.
  const { troubles } = world
  if (has(troubles, 'strange record') && !has(troubles, 'record', 'mirror', 'set back'))
    await signInAgain(world, check)

  for (const actor of world.open) {
    actor.isDisposed = true
    actor.tab.session.dispose()
  }
  world.neighbour?.session.dispose()
  await world.wait(120_000)
  const held = nothingIsHeld(world)
  if (held !== undefined) throw new Violation(nothingIsHeld.name, held, world.told)
}

/** Whatever is stored: a user can sign in, and is signed in everywhere. */
async function signInAgain(world: World, check: () => void): Promise<void> {
  world.told.push(String(sessionMoves['log in'].run(world, 0, 0)))
  await world.wait(SIGNED_IN_MS)
  for (const actor of world.open) {
    actor.tab.tell('woke')
    beThere(world, actor)
  }
  check()
  const calls = world.open
    .filter(({ isDisposed }) => !isDisposed)
    .map((actor) => ({ actor, answer: actor.tab.session.authFetch('/api/me') }))
  const answers: unknown[] = []
  for (const { answer } of calls)
    answer.then(
      ({ status }) => answers.push(status),
      (error: unknown) => answers.push(error),
    )
  await world.wait(SIGNED_IN_MS)
  const shown = calls.map(({ actor }) => whoIsThere(actor))
  const isAnswered = answers.length === calls.length && answers.every((status) => status === 200)
  if (!isAnswered || shown.some((who) => who !== shown[0] || who === 'logged-out'))
    throw new Violation(
      'aUserCanAlwaysSignIn',
      `the tabs say ${shown.join(', ')}, and get ${answers.map(String).join(', ')}`,
      world.told,
    )
}

/** Every tab makes a request, and who has to be signed in gets an answer. */
async function useAll(world: World, check: () => void): Promise<void> {
  for (const actor of world.open) {
    if (actor.isDisposed) continue
    const { promised } = world
    const call = world.track(actor, 'request /api/me', REQUEST_MS, ({ id }) =>
      actor.tab.session.authFetch('/api/me', { headers: { 'x-call': String(id) } }),
    )
    for (let passed = 0; !call.outcome && passed < REQUEST_MS; passed += 2_000) {
      await world.wait(2_000)
      check()
    }
    const { outcome } = call
    const status = outcome && 'value' in outcome && (outcome.value as Response).status
    if (promised && world.promised === promised && status !== 200) {
      const why = outcome && 'error' in outcome ? String(outcome.error) : String(status)
      throw new Violation('everyRequestIsAnsweredAtRest', `${actor.name} gets ${why}`, world.told)
    }
  }
  await useNeighbour(world)
  // News of a session that has ended by then may still be on its way to the server.
  await world.wait(10_000)
}

/** Two applications with one cookie jar are both signed in. */
async function useNeighbour(world: World): Promise<void> {
  const { neighbour, promised } = world
  if (!neighbour) return
  let answer: unknown
  neighbour.session.authFetch('/api/me').then(
    ({ status }) => (answer = status),
    (error: unknown) => (answer = error),
  )
  for (let passed = 0; answer === undefined && passed < REQUEST_MS; passed += 2_000)
    await world.wait(2_000)
  if (promised && world.promised === promised && answer !== 200)
    throw new Violation(
      'bothApplicationsAreSignedIn',
      `the second one gets ${String(answer)}`,
      world.told,
    )
}

/** `aSessionThatNobodyEndsLives` in words. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
