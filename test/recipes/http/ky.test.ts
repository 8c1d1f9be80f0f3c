import { tellClientStories } from '../client-stories.ts'

tellClientStories('ky 2', { folder: import.meta.dirname, page: 'ky.page.ts' })
