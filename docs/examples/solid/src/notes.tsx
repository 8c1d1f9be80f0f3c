import { defineSessionDialog, type SessionDialogElement } from 'latchkey/element'
import { createSignal, For, onMount } from 'solid-js'
import { addNote, listNotes } from './api'
import { session } from './session'
import { useSession } from './use-session'

defineSessionDialog()

export function Notes() {
  const state = useSession()
  const [notes, setNotes] = createSignal<string[]>([])
  const [problem, setProblem] = createSignal('')

  async function show(answer: Promise<string[]>) {
    setProblem('')
    try {
      setNotes(await answer)
    } catch (error) {
      setProblem(String(error))
    }
  }
  function add(event: SubmitEvent) {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    void show(addNote(String(new FormData(form).get('text'))))
    form.reset()
  }
  onMount(() => show(listNotes()))

  return (
    <>
      <Warning />
      <h1>Notes of {state().subject}</h1>
      <ul>
        <For each={notes()}>{(note) => <li>{note}</li>}</For>
      </ul>
      <form onSubmit={add}>
        <input name="text" required />
        <button>Add</button>
      </form>
      <p role="alert">{problem()}</p>
      <button onClick={() => show(listNotes())}>Reload</button>
      <button onClick={() => session.logout()}>Log out</button>
    </>
  )
}

/** The dialog before the session ends. */
function Warning() {
  const dialog = document.createElement('session-dialog') as SessionDialogElement
  dialog.session = session
  return dialog
}
