import { tellLiveStories } from './live-stories.ts'
import { streams } from './streams.ts'

tellLiveStories('eventsource', { ...streams, page: 'event-source.page.ts' })
