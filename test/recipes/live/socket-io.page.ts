import { exposeLive } from './live-page.ts'
import { keepSocket } from './socket-io'

declare global {
  interface Window {
    /** Says something to the server, or will when the socket is connected. */
    say(text: string): void
  }
}

exposeLive((receive) =>
  keepSocket(location.origin, (socket) => {
    socket.on('news', receive)
    window.say = (text) => void socket.emit('say', text)
  }),
)
