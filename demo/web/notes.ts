import { isSessionError } from 'latchkey'
import { api } from './api.ts'
import type { DemoSession } from './demo-session.ts'
import { find, make, onClick } from './dom.ts'
import { whatFailed } from './wording.ts'

interface Note {
  readonly id: string
  readonly text: string
}

/** The user's notes: what an application does with a session. Nothing here deals with tokens, tabs or renewals. */
export function showNotes(session: DemoSession): void {
  const form = find('note-form', HTMLFormElement)
  const input = find('note-text', HTMLInputElement)
  const list = find('note-list', HTMLUListElement)
  const problem = find('note-problem', HTMLParagraphElement)

  /** Runs `change`, then shows the notes as they are now. */
  async function load(change?: () => Promise<unknown>): Promise<void> {
    problem.textContent = ''
    try {
      await change?.()
      const { notes } = await api('notes').json<{ readonly notes: readonly Note[] }>()
      list.replaceChildren(...notes.map(item))
    } catch (error) {
      // The user whose notes these were has signed out, so show no message.
      if (isSessionError(error, 'session_ended') || isSessionError(error, 'session_changed')) return
      problem.textContent = whatFailed(error)
    }
  }

  function item({ id, text }: Note): HTMLLIElement {
    const button = make('button', 'plain', 'Delete')
    button.type = 'button'
    button.ariaLabel = `Delete the note "${text}"`
    onClick(button, async () => {
      await load(() => api.delete(`notes/${id}`))
      input.focus()
    })
    return make('li', '', make('span', '', text), button)
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const text = input.value
    void load(async () => {
      await api.post('notes', { json: { text } })
      form.reset()
    })
  })
  onClick(find('note-clear', HTMLButtonElement), () => load(() => api.delete('notes')))
  session.on('started', () => void load())
  session.on('ended', () => {
    if (!session.state.cover) list.replaceChildren()
  })
  // Another tab may have changed the notes meanwhile.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && session.state.status === 'logged-in') void load()
  })
}
