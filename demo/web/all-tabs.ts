import { api } from './api.ts'
import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { onFaults, setFaults, type FaultSwitches } from './fault-switches.ts'
import { calledPath, sessionName } from './mode.ts'
import { trueNow } from './page-clock.ts'
import { refuseToken } from './faulty-fetch.ts'

const EVERY_MS = 1_000

/** What one tab asks of all tabs. */
interface Command {
  /** Access tokens issued before `at` count as expired, and so does the one named `jti`. `null`: none does. */
  readonly refuse: { readonly jti: string | null; readonly at: number } | null
  /** The number of calls to make at the same time. */
  readonly calls: number
  /** The faults to switch on meanwhile. Sent here as well, because another tab's writes to localStorage arrive late. */
  readonly faults: Partial<FaultSwitches>
}

const tally = { underWay: 0, answered: 0, failed: 0 }
const channel = new BroadcastChannel(`${sessionName}-commands`)

/** The `jti` of this tab's token, and when this tab got it. */
let own = { jti: null as string | null, since: 0 }

/** Lets this tab do what any tab asks of all. */
export function obeyCommands(session: DemoSession): void {
  const lookAtToken = (): void => {
    const jti = jtiOf(session)
    if (jti !== own.jti) own = { jti, since: trueNow() }
  }
  session.subscribe(lookAtToken)
  lookAtToken()
  channel.addEventListener('message', ({ data }) => obey(session, data as Command))
  let timer: ReturnType<typeof setInterval> | undefined
  onFaults(({ traffic }) => {
    clearInterval(timer)
    if (traffic)
      timer = setInterval(() => obey(session, { refuse: null, calls: 1, faults: {} }), EVERY_MS)
  })
}

/**
 * Lets the API refuse every access token there is, makes all tabs send so many calls at the same moment, and switches
 * on `faults`.
 */
export function expireEverywhere(
  session: DemoSession,
  calls: number,
  faults: Partial<FaultSwitches> = {},
): void {
  const command = { refuse: { jti: jtiOf(session), at: trueNow() }, calls, faults }
  channel.postMessage(command satisfies Command)
  obey(session, command)
}

function obey(session: DemoSession, { refuse, calls, faults }: Command): void {
  if (Object.keys(faults).length > 0) setFaults(faults)
  if (refuse?.jti) refuseToken(refuse.jti)
  // A busy tab gets the message late, and may already have the renewed token.
  if (refuse && own.jti && own.since < refuse.at) refuseToken(own.jti)
  if (session.state.status !== 'logged-in') return
  for (let call = 0; call < calls; call++) void callOnce()
}

/** One call as an application makes it. If all goes well, it notices neither refusal nor renewal. */
async function callOnce(): Promise<void> {
  tally.underWay++
  showTally()
  const isGood = await api(calledPath).then(
    () => true,
    () => false,
  )
  tally.underWay--
  if (isGood) tally.answered++
  else tally.failed++
  showTally()
}

function showTally(): void {
  find('calls-under-way', HTMLElement).textContent = String(tally.underWay)
  find('calls-answered', HTMLElement).textContent = String(tally.answered)
  const failed = find('calls-failed', HTMLElement)
  failed.textContent = String(tally.failed)
  failed.classList.toggle('problem', tally.failed > 0)
}

function jtiOf({ state }: DemoSession): string | null {
  const jti = state.claims?.['jti']
  return typeof jti === 'string' ? jti : null
}
