import { Match, Switch } from 'solid-js'
import { render } from 'solid-js/web'
import { Login } from './login'
import { Notes } from './notes'
import { useSession } from './use-session'

function App() {
  const state = useSession()
  const isLogin = location.pathname === '/login'
  return (
    <Switch>
      <Match when={isLogin || state().status === 'logged-out'}>
        <Login />
      </Match>
      <Match when={state().status === 'logged-in'}>
        <Notes />
      </Match>
    </Switch>
  )
}

render(() => <App />, document.getElementById('app')!)
