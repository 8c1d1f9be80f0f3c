import { tellClientStories } from '../client-stories.ts'

tellClientStories('openapi-fetch', { folder: import.meta.dirname, page: 'openapi-fetch.page.ts' })
