import { createSignal, Show } from 'solid-js'
import { logIn } from './session'

export function Login() {
  const [problem, setProblem] = createSignal('')
  const reason = new URLSearchParams(location.search).get('reason')

  async function submit(event: SubmitEvent) {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    setProblem('')
    await logIn(String(form.get('username')), String(form.get('password'))).catch((error) =>
      setProblem(String(error)),
    )
  }

  return (
    <form onSubmit={submit}>
      <Show when={reason}>
        <p>Your session has ended: {reason}.</p>
      </Show>
      <input name="username" placeholder="alice" autocomplete="username" required />
      <input name="password" placeholder="wonderland" type="password" required />
      <button>Log in</button>
      <p role="alert">{problem()}</p>
    </form>
  )
}
