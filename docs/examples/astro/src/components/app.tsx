import { RequireSession, SessionProvider } from 'latchkey/react'
import { Login } from './login'
import { Notes } from './notes'
import { session } from './session'

/** One island: a context reaches no other. Islands that need the session have a provider each, and share the module's session. */
export function App() {
  return (
    <SessionProvider session={session}>
      <RequireSession restoring={<p>One moment …</p>} fallback={<Login />}>
        <Notes />
      </RequireSession>
    </SessionProvider>
  )
}
