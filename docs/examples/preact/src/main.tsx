import { render } from 'preact'
import { current } from './current'
import { Login } from './login'
import { Notes } from './notes'

function App() {
  const { status } = current.value
  if (location.pathname === '/login' || status === 'logged-out') return <Login />
  return status === 'logged-in' ? <Notes /> : null
}

render(<App />, document.getElementById('app')!)
