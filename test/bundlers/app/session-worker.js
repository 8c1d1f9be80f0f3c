import { serveRefreshes } from 'latchkey/worker'
import { transport } from './transport.js'

serveRefreshes({ transport })
