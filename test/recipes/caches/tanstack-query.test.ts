import { tellCacheStories } from '../cache-stories.ts'

tellCacheStories('TanStack Query', {
  folder: import.meta.dirname,
  page: 'tanstack-query.page.tsx',
  countsRetries: true,
})
