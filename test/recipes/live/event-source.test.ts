import { tellLiveStories } from './live-stories.ts'
import { serveStream } from './serve-stream.ts'

tellLiveStories('eventsource', {
  folder: import.meta.dirname,
  page: 'event-source.page.ts',
  serve: serveStream,
})
