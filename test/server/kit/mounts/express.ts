import express from 'express'
import { toNodeHandler } from '../../../../src/server/node/index.ts'
import { sessions, signIn } from './sessions.ts'

export const app = express()
app.use(express.json()) // works with a body parser, and without
app.post('/auth/login', toNodeHandler(signIn))
app.post('/auth/refresh', toNodeHandler(sessions.refresh))
app.post('/auth/logout', toNodeHandler(sessions.logout))
