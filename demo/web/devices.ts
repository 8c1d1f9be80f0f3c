import { auth } from './api.ts'
import type { DemoSession } from './demo-session.ts'
import { find, make, onClick } from './dom.ts'
import { dayAndTime, whatFailed } from './wording.ts'

interface Device {
  readonly sid: string
  readonly device: string | null
  readonly created_at: string
  readonly last_seen_at: string
  readonly address: string | null
  readonly networks: readonly string[]
  readonly moved_at: string | null
  readonly current: boolean
}

/** Lists the account's sessions, one for each device or browser, and ends those that are elsewhere. */
export function showDevices(session: DemoSession): void {
  const list = find('device-list', HTMLUListElement)
  const problem = find('device-problem', HTMLParagraphElement)

  /** `authFetch` does not send tokens to the auth server's endpoints, so the token is added by hand here. */
  async function ask(path: string, method: 'get' | 'delete'): Promise<Response> {
    const token = await session.getAccessToken()
    return auth(path, { method, headers: { authorization: `Bearer ${token}` } })
  }

  async function load(change?: () => Promise<unknown>): Promise<void> {
    problem.textContent = ''
    try {
      await change?.()
      const answer = await ask('sessions', 'get')
      const { sessions } = (await answer.json()) as { readonly sessions: readonly Device[] }
      list.replaceChildren(...sessions.map(item))
    } catch (error) {
      if (session.state.status === 'logged-in') problem.textContent = whatFailed(error)
    }
  }

  function item(listed: Device): HTMLLIElement {
    const { sid, device, created_at, last_seen_at, address, current } = listed
    const name = device ?? 'A device without a name'
    const from = address === null ? '' : ` from ${address}`
    const times = `Signed in ${dayAndTime(created_at)}, last seen ${dayAndTime(last_seen_at)}${from}`
    const about = make(
      'span',
      '',
      make('b', '', name),
      make('span', 'hint', times),
      make('span', 'hint moved', moveOf(listed)),
    )
    if (current) return make('li', '', about, make('span', 'badge', 'this one'))
    const button = make('button', 'plain', 'Sign out')
    button.type = 'button'
    button.ariaLabel = `Sign out ${name}, ${times.toLowerCase()}`
    onClick(button, async () => {
      await load(() => ask(`sessions/${sid}`, 'delete'))
      list.focus()
    })
    return make('li', '', about, button)
  }

  session.on('started', () => void load())
  session.on('ended', () => {
    if (!session.state.cover) list.replaceChildren()
  })
  onClick(find('device-reload', HTMLButtonElement), () => load())
  onClick(find('device-others', HTMLButtonElement), () => load(() => ask('sessions', 'delete')))
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && session.state.status === 'logged-in') void load()
  })
}

/** Says that a session was used from another network. Its owner knows whether that was a journey or a thief. */
function moveOf({ moved_at, networks }: Device): string {
  const [newest, ...before] = [...networks].reverse()
  if (moved_at === null || newest === undefined) return ''
  return `On a new network since ${dayAndTime(moved_at)}: ${newest}, before that ${before.join(', ')}`
}
