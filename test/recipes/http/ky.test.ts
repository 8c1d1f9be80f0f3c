import { tellClientStories } from '../client-stories.ts'

const recipe = { folder: import.meta.dirname, page: 'ky.page.ts' }

tellClientStories('ky 2', recipe)
tellClientStories('ky 1', { ...recipe, alias: { ky: 'ky-1' } })
