import { tellClientStories } from '../client-stories.ts'

tellClientStories('axios', { folder: import.meta.dirname, page: 'axios.page.ts' })
