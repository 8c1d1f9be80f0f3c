import { EventEmitter, on } from 'node:events'
import {
  execute,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  subscribe,
  validate,
} from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { tellLiveStories } from './live-stories.ts'

/** What the server knows of a socket. */
interface Extra {
  readonly socket: WebSocket
  /** Of the subscription: emits `news`. */
  readonly news: EventEmitter
}

const type = new GraphQLObjectType({
  name: 'Subscription',
  fields: {
    news: {
      type: GraphQLString,
      resolve: (text: unknown) => text,
      async *subscribe(_: unknown, __: unknown, { news }: Extra) {
        for await (const [text] of on(news, 'news')) yield text as string
      },
    },
  },
})
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { news: { type: GraphQLString } } }),
  subscription: type,
})

tellLiveStories('graphql-ws', {
  folder: import.meta.dirname,
  page: 'graphql-ws.page.ts',
  serve({ server }, switchboard) {
    const emitters = new WeakMap<WebSocket, EventEmitter>()
    const sockets = new WebSocketServer({
      ...{ server, path: '/live' },
      verifyClient: () => !switchboard.turnsAway(),
    })
    useServer<{ authorization?: string }, { socket: WebSocket }>(
      {
        // The server would take Node.js's copy of graphql, which refuses a schema made by Vite's.
        ...{ schema, execute, subscribe, validate },
        context: ({ extra: { socket } }) => ({ news: emitters.get(socket) }),
        // A connection is open when its subscription is.
        onConnect: ({ connectionParams, extra: { socket } }) => {
          const news = new EventEmitter()
          emitters.set(socket, news)
          return switchboard.admit(connectionParams?.authorization?.replace('Bearer ', ''), {
            get isOpen() {
              return socket.readyState === socket.OPEN && news.listenerCount('news') > 0
            },
            send: (text) => void news.emit('news', text),
            expire: () => socket.close(CloseCode.Forbidden),
            drop: () => socket.terminate(),
          })
        },
      },
      sockets,
    )
  },
})
