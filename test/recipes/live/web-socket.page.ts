import { exposeLive } from './live-page.ts'
import { keepWebSocket } from './web-socket'

exposeLive((receive) =>
  keepWebSocket(`ws://${location.host}/live`, (socket) =>
    socket.addEventListener('message', ({ data }) => receive(String(data))),
  ),
)
