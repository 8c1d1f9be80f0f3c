// The backend of all examples: sign-in, sessions, an API with notes, and the built pages. It keeps everything in memory.
import { serve } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import { createSessions, memoryStore, refuseForeignPage } from 'latchkey/server'
import { bearerToken, createVerifier, unauthorized } from 'latchkey/server/verifier'

// PAGES: the folder of the built pages. ORIGIN: where they are, if another server serves them.
const { PORT = '3000', PAGES, ORIGIN } = process.env
const origins = ORIGIN ? [ORIGIN] : []

const PASSWORDS = { alice: 'wonderland', bob: 'builder' }
const notes = new Map([
  ['alice', ['Feed the cat', 'Ask about the tea party']],
  ['bob', ['Order bricks']],
])

const key = crypto.getRandomValues(new Uint8Array(32))
const [issuer, audience] = ['examples', 'notes']
const sessions = createSessions({
  store: memoryStore(),
  accessToken: ({ sid, subject }, { at, expiresInS }) => {
    const now = Math.floor(at / 1000)
    return new SignJWT({ sid, sub: subject, iss: issuer, aud: audience })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt(now)
      .setExpirationTime(now + expiresInS)
      .sign(key)
  },
  // Longer than the page's own by the life of an access token: the server hears of activity with renewals only.
  limits: { idleTtlS: 7 * 60 },
  origins,
})
const verifier = createVerifier({ key, issuer, audience })

const app = new Hono()

app.post('/auth/login', async ({ req }) => {
  const refusal = refuseForeignPage(req.raw, origins)
  if (refusal) return refusal
  const { username, password } = await req.json()
  if (!Object.hasOwn(PASSWORDS, username) || PASSWORDS[username] !== password)
    return Response.json({ error: 'invalid_credentials' }, { status: 401 })
  return sessions.start(req.raw, { subject: username })
})
app.post('/auth/refresh', ({ req }) => sessions.refresh(req.raw))
app.post('/auth/logout', ({ req }) => sessions.logout(req.raw))

app.use('/api/*', async (context, next) => {
  const token = bearerToken(context.req.raw)
  if (token === undefined) return unauthorized()
  try {
    context.set('user', (await verifier.verify(token)).sub)
  } catch (error) {
    return unauthorized(error)
  }
  await next()
  // Or the browser may give this answer to the next user.
  context.header('cache-control', 'no-store')
})
app.get('/api/notes', (context) => context.json(notes.get(context.get('user'))))
app.post('/api/notes', async (context) => {
  const { text } = await context.req.json()
  notes.get(context.get('user')).push(text)
  return context.json(notes.get(context.get('user')))
})
app.post('/api/files', async (context) =>
  context.json({ bytes: (await context.req.arrayBuffer()).byteLength }),
)

if (PAGES) {
  app.get('*', serveStatic({ root: PAGES }))
  app.get('*', serveStatic({ root: PAGES, rewriteRequestPath: (path) => `${path}.html` }))
  // All other addresses are the application's own.
  app.get('*', serveStatic({ root: PAGES, path: 'index.html' }))
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) =>
  console.log(`Listening at http://localhost:${port}`),
)
