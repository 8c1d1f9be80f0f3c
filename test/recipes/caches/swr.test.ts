import { tellCacheStories } from '../cache-stories.ts'

tellCacheStories('SWR', { folder: import.meta.dirname, page: 'swr.page.tsx', countsRetries: true })
