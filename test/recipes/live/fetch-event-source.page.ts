import { keepStream } from './fetch-event-source'
import { exposeLive } from './live-page.ts'

exposeLive((receive) => keepStream('/api/live', ({ data }) => receive(data)))
