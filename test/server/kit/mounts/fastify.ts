import fastify from 'fastify'
import { toRequest } from '../../../../src/server/node/index.ts'
import { sessions, signIn } from './sessions.ts'

export const app = fastify()
app.post('/auth/login', ({ raw, body }) => signIn(toRequest(raw, body)))
app.post('/auth/refresh', ({ raw, body }) => sessions.refresh(toRequest(raw, body)))
app.post('/auth/logout', ({ raw, body }) => sessions.logout(toRequest(raw, body)))
