import { tellCacheStories } from '../cache-stories.ts'
import { tellGraphQLStories } from './graphql-stories.ts'
import { serveGraphQL } from './yoga.ts'

tellGraphQLStories('Apollo Client', 'apollo.page.ts')

tellCacheStories('Apollo Client as a cache', {
  folder: import.meta.dirname,
  page: 'apollo-cache.page.tsx',
  api: '/graphql',
  routes: serveGraphQL(401),
})
