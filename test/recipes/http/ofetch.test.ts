import { tellClientStories } from '../client-stories.ts'

tellClientStories('ofetch', { folder: import.meta.dirname, page: 'ofetch.page.ts' })
