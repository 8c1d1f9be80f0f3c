export { refreshWorker, type RefreshWorker } from '../refresh-worker.ts'
export { serveRefreshes, type ServeRefreshesOptions } from './serve-refreshes.ts'
