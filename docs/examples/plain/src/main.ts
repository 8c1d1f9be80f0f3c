import { defineSessionDialog } from 'latchkey/element'
import { addNote, listNotes } from './api'
import { logIn, session } from './session'

defineSessionDialog()
document.querySelector('session-dialog')!.session = session

const login = find<HTMLFormElement>('#login')
login.onsubmit = (event) => {
  const form = dataOf(event)
  attempt(logIn(String(form.get('username')), String(form.get('password'))))
}
find<HTMLFormElement>('#add').onsubmit = (event) => {
  const form = dataOf(event)
  attempt(addNote(String(form.get('text'))).then(show))
}
find('#reload').onclick = () => attempt(listNotes().then(show))
find('#logout').onclick = () => session.logout()

session.subscribe(render)
render()
const reason = new URLSearchParams(location.search).get('reason')
if (reason) find('#reason').textContent = `Your session has ended: ${reason}.`

/** Shows the form or the notes. */
function render() {
  const { status, subject } = session.state
  const isIn = status === 'logged-in' && location.pathname !== '/login'
  login.hidden = isIn || status === 'restoring'
  if (isIn && find('#notes').hidden) attempt(listNotes().then(show))
  find('#notes').hidden = !isIn
  find('#user').textContent = subject
}

function show(notes: string[]) {
  const items = notes.map((note) => {
    const item = document.createElement('li')
    item.textContent = note
    return item
  })
  find('ul').replaceChildren(...items)
}

async function attempt(work: Promise<unknown>) {
  const problem = find('[role=alert]')
  problem.textContent = ''
  await work.catch((error) => (problem.textContent = String(error)))
}

/** The data of a form that is submitted, which is cleared for the next. */
function dataOf(event: SubmitEvent): FormData {
  event.preventDefault()
  const form = event.target as HTMLFormElement
  const data = new FormData(form)
  form.reset()
  return data
}

function find<E extends HTMLElement = HTMLElement>(selector: string): E {
  return document.querySelector<E>(selector)!
}
