import { tellLiveStories } from './live-stories.ts'
import { serveStream } from './serve-stream.ts'

tellLiveStories('@microsoft/fetch-event-source', {
  folder: import.meta.dirname,
  page: 'fetch-event-source.page.ts',
  serve: serveStream,
})
