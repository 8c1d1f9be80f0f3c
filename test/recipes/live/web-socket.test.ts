import { WebSocketServer } from 'ws'
import { tellLiveStories } from './live-stories.ts'

const REFUSED = 4401

tellLiveStories('WebSocket', {
  folder: import.meta.dirname,
  page: 'web-socket.page.ts',
  serve({ server }, switchboard) {
    // Of the protocols `bearer` and the token, the answer names the first one.
    const sockets = new WebSocketServer({
      ...{ server, path: '/live' },
      verifyClient: () => !switchboard.turnsAway(),
    })
    sockets.on('connection', (socket, request) => {
      const [, token] = request.headers['sec-websocket-protocol']?.split(', ') ?? []
      const refuse = (): void => socket.close(REFUSED)
      void switchboard
        .admit(token, {
          get isOpen() {
            return socket.readyState === socket.OPEN
          },
          send: (text) => socket.send(text),
          expire: refuse,
          drop: () => socket.terminate(),
        })
        .then((isAdmitted) => isAdmitted || refuse())
    })
  },
})
