import { useEffect, useState } from 'react'
import { logIn } from './session'

export function Login() {
  const [problem, setProblem] = useState('')
  const [reason, setReason] = useState<string | null>(null)
  useEffect(() => setReason(new URLSearchParams(location.search).get('reason')), [])

  async function submit(form: FormData) {
    setProblem('')
    await logIn(String(form.get('username')), String(form.get('password'))).catch((error) =>
      setProblem(String(error)),
    )
  }

  return (
    <form action={submit}>
      {reason && <p>Your session has ended: {reason}.</p>}
      <input name="username" placeholder="alice" autoComplete="username" required />
      <input name="password" placeholder="wonderland" type="password" required />
      <button>Log in</button>
      <p role="alert">{problem}</p>
    </form>
  )
}
