// A backend as tutorials write it: JSON Web Tokens signed with two secrets, refresh tokens that rotate, and a reused one ends
// all sessions of its user. Once with the refresh token in a cookie, once in the body.
import cookieParser from 'cookie-parser'
import express from 'express'
import jwt from 'jsonwebtoken'

const ACCESS_SECRET = 'access-secret'
const REFRESH_SECRET = 'refresh-secret'
const DAY_MS = 24 * 60 * 60 * 1000

const users = ['alice', 'bob'].map((username) => ({
  username,
  password: username,
  refreshTokens: [],
}))
const app = express()
app.use(express.json())
app.use(cookieParser())

function issue(user) {
  const payload = { sub: user.username }
  const accessToken = jwt.sign(payload, ACCESS_SECRET, { expiresIn: '15m' })
  const refreshToken = jwt.sign(payload, REFRESH_SECRET, { expiresIn: '7d' })
  user.refreshTokens.push(refreshToken)
  return { accessToken, refreshToken }
}

/** The user of a refresh token, which is spent by that. */
function spend(token) {
  const { sub } = jwt.verify(token, REFRESH_SECRET)
  const user = users.find(({ username }) => username === sub)
  if (!user.refreshTokens.includes(token)) {
    user.refreshTokens = []
    throw new Error('Refresh token reuse')
  }
  user.refreshTokens = user.refreshTokens.filter((kept) => kept !== token)
  return user
}

function addRoutes(path, readToken, send) {
  app.post(`${path}/login`, (req, res) => {
    const user = users.find(({ username }) => username === req.body.username)
    if (user?.password !== req.body.password) return res.sendStatus(401)
    send(res, issue(user))
  })

  app.post(`${path}/refresh`, (req, res) => {
    const token = readToken(req)
    if (!token) return res.sendStatus(401)
    try {
      send(res, issue(spend(token)))
    } catch {
      res.status(403).json({ message: 'Forbidden' })
    }
  })

  app.post(`${path}/logout`, (req, res) => {
    const token = readToken(req)
    for (const user of users)
      user.refreshTokens = user.refreshTokens.filter((kept) => kept !== token)
    res.clearCookie('jwt', { path }).sendStatus(204)
  })
}

addRoutes(
  '/cookie',
  (req) => req.cookies.jwt,
  (res, { accessToken, refreshToken }) =>
    res
      .cookie('jwt', refreshToken, {
        httpOnly: true,
        sameSite: 'strict',
        path: '/cookie',
        maxAge: 7 * DAY_MS,
      })
      .json({ accessToken }),
)
addRoutes(
  '/body',
  (req) => req.body.refreshToken,
  (res, tokens) => res.json(tokens),
)

app.get('/api/me', (req, res) => {
  const [, token] = (req.headers.authorization ?? '').split(' ')
  jwt.verify(token, ACCESS_SECRET, (error, payload) => {
    if (error) return res.sendStatus(401)
    res.json({ username: payload.sub })
  })
})

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
