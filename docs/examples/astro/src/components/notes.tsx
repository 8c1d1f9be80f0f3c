import { useSession, useSessionExpiring } from 'latchkey/react'
import { useEffect, useState } from 'react'
import { addNote, listNotes } from './api'

export function Notes() {
  const { subject, session } = useSession()
  const [notes, setNotes] = useState<string[]>([])
  const [problem, setProblem] = useState('')

  function show(answer: Promise<string[]>) {
    setProblem('')
    answer.then(setNotes).catch((error) => setProblem(String(error)))
  }
  useEffect(() => show(listNotes()), [])

  return (
    <>
      <Warning />
      <h1>Notes of {subject}</h1>
      <ul>
        {notes.map((note, index) => (
          <li key={index}>{note}</li>
        ))}
      </ul>
      <form action={(form) => show(addNote(String(form.get('text'))))}>
        <input name="text" required />
        <button>Add</button>
      </form>
      <p role="alert">{problem}</p>
      <button onClick={() => show(listNotes())}>Reload</button>
      <button onClick={() => session.logout()}>Log out</button>
    </>
  )
}

function Warning() {
  const expiring = useSessionExpiring() // null while no warning is open
  if (!expiring) return null
  return (
    <p role="alert">
      You will be logged out in {expiring.secondsLeft} s.
      {expiring.extendable && <button onClick={() => expiring.extend()}>Stay logged in</button>}
    </p>
  )
}
