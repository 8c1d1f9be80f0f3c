'use client'
import { useState } from 'react'
import { logIn } from '../session'

export function Login() {
  const [problem, setProblem] = useState('')

  async function submit(form: FormData) {
    setProblem('')
    await logIn(String(form.get('username')), String(form.get('password'))).catch((error) =>
      setProblem(String(error)),
    )
  }

  return (
    <form action={submit}>
      <input name="username" placeholder="alice" autoComplete="username" required />
      <input name="password" placeholder="wonderland" type="password" required />
      <button>Log in</button>
      <p role="alert">{problem}</p>
    </form>
  )
}
