import { keepEventSource } from './event-source'
import { exposeLive } from './live-page.ts'

exposeLive((receive) => keepEventSource('/api/live', ({ data }) => receive(String(data))))
