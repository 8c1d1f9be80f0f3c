import { RequireSession } from 'latchkey/react'
import { Login } from '../login'
import { Notes } from '../notes'

export default function Page() {
  return (
    <RequireSession restoring={<p>One moment …</p>} fallback={<Login />}>
      <Notes />
    </RequireSession>
  )
}
