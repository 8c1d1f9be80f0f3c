import { tellGraphQLStories } from './graphql-stories.ts'

tellGraphQLStories('Apollo Client', 'apollo.page.ts')
