import { api } from './api.ts'
import { find, make, onClick } from './dom.ts'
import { addressOf } from './mode.ts'
import { session } from './session.ts'
import { counted, dayAndTime, whatFailed } from './wording.ts'

interface Account {
  readonly id: string
  readonly username: string
  readonly role: string
  readonly active: boolean
  readonly created_at: string
  readonly sessions: number
}

const accounts = find('accounts', HTMLElement)
const stranger = find('stranger', HTMLParagraphElement)
const list = find('account-list', HTMLUListElement)
const search = find('search-text', HTMLInputElement)
const problem = find('problem', HTMLParagraphElement)
const result = find('result', HTMLParagraphElement)

/** Runs `change`, then shows the accounts as they are now. */
async function load(change?: () => Promise<string>): Promise<void> {
  problem.textContent = ''
  try {
    if (change !== undefined) result.textContent = await change()
    const query = { search: search.value }
    const answer = await api('admin/accounts', { searchParams: query }).json<{
      readonly accounts: readonly Account[]
    }>()
    list.replaceChildren(...answer.accounts.map(item))
  } catch (error) {
    if (session.state.status === 'logged-in') problem.textContent = whatFailed(error)
  }
}

function item(account: Account): HTMLLIElement {
  const { username, role, active, created_at, sessions } = account
  const isAdmin = role === 'admin'
  const marks = [...(isAdmin ? ['administrator'] : []), ...(active ? [] : ['deactivated'])]
  const about = make(
    'span',
    '',
    make('b', '', username),
    make(
      'span',
      'hint',
      `${counted(sessions, 'session', 'sessions')}, since ${dayAndTime(created_at)}`,
    ),
    ...marks.map((mark) => make('span', 'badge', mark)),
  )
  const isOwn = account.id === session.state.subject
  const actions = make(
    'span',
    'actions',
    ...(isOwn
      ? []
      : [
          active
            ? action(account, 'deactivate', 'Deactivate')
            : action(account, 'activate', 'Activate'),
          isAdmin
            ? action(account, 'demote', 'Make a user')
            : action(account, 'promote', 'Make an administrator'),
        ]),
    action(account, 'reset-password', 'Reset password'),
    action(account, 'sign-out', 'Sign out everywhere'),
  )
  return make('li', 'account', about, actions)
}

function action({ id, username }: Account, change: string, label: string): HTMLButtonElement {
  const button = make('button', 'plain', label)
  button.type = 'button'
  button.ariaLabel = `${label}: ${username}`
  onClick(button, async () => {
    await load(async () => {
      const headers = { 'x-requested-with': 'latchkey' }
      const answer = await api.post(`admin/accounts/${id}/${change}`, { headers })
      if (answer.status === 204) return `${label}: done for ${username}.`
      const { password } = await answer.json<{ readonly password: string }>()
      return `The new password of ${username}, shown this once: ${password}`
    })
    list.focus()
  })
  return button
}

/** The server decides who may make changes. The page only hides buttons that would not work. */
function showState(): void {
  const { status, claims } = session.state
  const isAdmin = status === 'logged-in' && claims?.['role'] === 'admin'
  const wasHidden = accounts.hidden
  accounts.hidden = !isAdmin
  stranger.hidden = isAdmin || status === 'restoring'
  if (isAdmin && wasHidden) void load()
  if (!isAdmin) {
    list.replaceChildren()
    result.textContent = ''
  }
}

find('sign-in', HTMLAnchorElement).href = addressOf({})
find('search', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void load()
})
session.subscribe(showState)
showState()
