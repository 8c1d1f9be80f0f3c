// express-session with connect-pg-simple, as their READMEs set them up. Each request of a session reads its row, and writes
// when it was last seen. Forked by the bench with the URL of a database; sends its URL.
import connectPgSimple from 'connect-pg-simple'
import express from 'express'
import session from 'express-session'

const Store = connectPgSimple(session)
const app = express()
app.use(
  session({
    store: new Store({ conString: process.argv[2], createTableIfMissing: true }),
    secret: 'bench',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 24 * 60 * 60 * 1000 },
  }),
)
app.post('/login', (request, response) => {
  request.session.user = 'bench'
  response.json({ ok: true })
})
app.get('/me', (request, response) => {
  response.status(request.session.user === undefined ? 401 : 200).json({ ok: true })
})

const server = app.listen(0, '127.0.0.1', () => {
  process.send(`http://127.0.0.1:${server.address().port}`)
})
process.on('message', () => process.send(process.cpuUsage()))
process.on('disconnect', () => process.exit())
