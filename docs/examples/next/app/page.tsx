// A server component: RequireSession is one of the client that it can render.
import { RequireSession } from 'latchkey/react'
import { Login } from './login/form'
import { Notes } from './notes'

export default function Page() {
  return (
    <RequireSession restoring={<p>One moment …</p>} fallback={<Login />}>
      <Notes />
    </RequireSession>
  )
}
