import { cookieTransport, createSession, idleTimeout } from 'latchkey'

export const session = createSession({
  transport: cookieTransport('/auth'),
  // Short, so that the warning comes after a minute. 15 minutes are usual.
  idle: idleTimeout({ afterMs: 2 * 60_000 }),
})

// A page that is loaded anew shows nothing of the last user.
session.onSessionEnded(({ reason }) => {
  location.assign(reason === 'user-switched' ? '/' : `/login?reason=${reason}`)
})

export async function logIn(username: string, password: string): Promise<void> {
  const response = await fetch('/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'latchkey' },
    body: JSON.stringify({ username, password }),
  })
  if (!response.ok) throw new Error('Wrong name or password')
  await session.login(await response.json())
  location.assign('/')
}
