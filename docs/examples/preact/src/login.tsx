import { useSignal } from '@preact/signals'
import { logIn } from './session'

export function Login() {
  const problem = useSignal('')
  const reason = new URLSearchParams(location.search).get('reason')

  async function submit(event: SubmitEvent) {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    problem.value = ''
    await logIn(String(form.get('username')), String(form.get('password'))).catch(
      (error) => (problem.value = String(error)),
    )
  }

  return (
    <form onSubmit={submit}>
      {reason && <p>Your session has ended: {reason}.</p>}
      <input name="username" placeholder="alice" autocomplete="username" required />
      <input name="password" placeholder="wonderland" type="password" required />
      <button>Log in</button>
      <p role="alert">{problem}</p>
    </form>
  )
}
