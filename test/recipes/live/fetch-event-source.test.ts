import { tellLiveStories } from './live-stories.ts'
import { streams } from './streams.ts'

tellLiveStories('@microsoft/fetch-event-source', { ...streams, page: 'fetch-event-source.page.ts' })
