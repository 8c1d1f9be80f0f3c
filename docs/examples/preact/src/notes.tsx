import { useSignal } from '@preact/signals'
import type { Session } from 'latchkey'
import { defineSessionDialog } from 'latchkey/element'
import { useEffect } from 'preact/hooks'
import { addNote, listNotes } from './api'
import { current } from './current'
import { session } from './session'

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'session-dialog': { session: Session }
    }
  }
}

defineSessionDialog()

export function Notes() {
  const notes = useSignal<string[]>([])
  const problem = useSignal('')

  async function show(answer: Promise<string[]>) {
    problem.value = ''
    try {
      notes.value = await answer
    } catch (error) {
      problem.value = String(error)
    }
  }
  function add(event: SubmitEvent) {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    void show(addNote(String(new FormData(form).get('text'))))
    form.reset()
  }
  useEffect(() => void show(listNotes()), [])

  return (
    <>
      {/* The dialog before the session ends. */}
      <session-dialog session={session} />
      <h1>Notes of {current.value.subject}</h1>
      <ul>
        {notes.value.map((note, index) => (
          <li key={index}>{note}</li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input name="text" required />
        <button>Add</button>
      </form>
      <p role="alert">{problem}</p>
      <button onClick={() => show(listNotes())}>Reload</button>
      <button onClick={() => session.logout()}>Log out</button>
    </>
  )
}
