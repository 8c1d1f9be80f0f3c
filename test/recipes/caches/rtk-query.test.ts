import { tellCacheStories } from '../cache-stories.ts'

tellCacheStories('RTK Query', { folder: import.meta.dirname, page: 'rtk-query.page.tsx' })
