import { client } from './grpc-web'
import { exposeRpc } from './rpc-page.ts'

exposeRpc(client)
