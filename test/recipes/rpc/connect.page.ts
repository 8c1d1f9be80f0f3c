import { client } from './connect'
import { exposeRpc } from './rpc-page.ts'

exposeRpc(client)
