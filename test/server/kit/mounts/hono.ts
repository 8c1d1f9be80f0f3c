import { Hono } from 'hono'
import { sessions, signIn } from './sessions.ts'

export const app = new Hono()
app.post('/auth/login', (c) => signIn(c.req.raw))
app.post('/auth/refresh', (c) => sessions.refresh(c.req.raw))
app.post('/auth/logout', (c) => sessions.logout(c.req.raw))
