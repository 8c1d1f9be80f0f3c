// The worker of latchkey's page with ?mode=worker. Its clock is moved on with those of the pages.
import { serveRefreshes } from '../../../../src/worker/index.ts'
import { AGES, plainTransport } from './latchkey-plain.mjs'

const systemNow = Date.now
let aheadMs = 0
Date.now = () => systemNow() + aheadMs
new BroadcastChannel(AGES).onmessage = ({ data }) => (aheadMs = Math.max(aheadMs, data))

serveRefreshes({ transport: plainTransport() })
