import { tellGraphQLStories } from './graphql-stories.ts'

tellGraphQLStories('graphql-request', 'graphql-request.page.ts')
