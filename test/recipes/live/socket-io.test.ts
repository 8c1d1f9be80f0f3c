import { Server } from 'socket.io'
import { expect, test } from 'vitest'
import { until } from '../../support/patience.ts'
import { tellLiveStories } from './live-stories.ts'

const REFRESH = '/auth/refresh'

/** What was said to the server, in order. */
let heard: { readonly user: string; readonly text: string }[] = []

tellLiveStories('socket.io', {
  folder: import.meta.dirname,
  page: 'socket-io.page.ts',
  serve({ server, verifier }, switchboard) {
    heard = []
    const io = new Server(server, {
      allowRequest: (_, decide) => decide(null, !switchboard.turnsAway()),
    })
    io.use((socket, next) => {
      const { token } = socket.handshake.auth as { readonly token?: string }
      const connection = {
        get isOpen() {
          return socket.connected
        },
        send: (text: string) => void socket.emit('news', text),
        expire: () => void socket.disconnect(),
        drop: () => socket.conn.close(),
      }
      void switchboard
        .admit(token, connection)
        .then((isAdmitted) => next(isAdmitted ? undefined : new Error('invalid_token')))
    })
    io.on('connection', (socket) => {
      const { token } = socket.handshake.auth as { readonly token: string }
      socket.on('say', (text: string) => {
        void verifier.verify(token).then(({ sub }) => heard.push({ user: String(sub), text }))
      })
    })
  },
  more(begin) {
    test('what one user has said while there was no connection is not said by the next', async () => {
      const { server, tab, switchboard, expire, signIn, connected } = await begin()
      const gate = server.hold(REFRESH)
      await expire()
      await switchboard.endExpired()
      await gate.reached(1)
      await tab.page.evaluate(() => window.say('I am Alice'))
      await signIn('bob')
      gate.open()
      await connected('bob')
      await tab.page.evaluate(() => window.say('I am Bob'))
      await until('the server has heard of Bob', () => heard.length > 0)
      expect(heard).toEqual([{ user: 'bob', text: 'I am Bob' }])
    })
  },
})
