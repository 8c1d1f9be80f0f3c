import { tellTusStories } from './tus-stories.ts'

tellTusStories('Uppy', { folder: import.meta.dirname, page: 'uppy.page.ts' })
