import { RequireSession, SessionProvider } from 'latchkey/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Login } from './login'
import { Notes } from './notes'
import { session } from './session'

const page =
  location.pathname === '/login' ? (
    <Login />
  ) : (
    <RequireSession fallback={<Login />}>
      <Notes />
    </RequireSession>
  )

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <SessionProvider session={session}>{page}</SessionProvider>
  </StrictMode>,
)
