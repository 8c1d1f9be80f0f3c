import { tellGraphQLStories } from './graphql-stories.ts'

tellGraphQLStories('urql', 'urql.page.ts')
