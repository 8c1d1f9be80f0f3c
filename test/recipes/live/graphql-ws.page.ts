import { exposeLive } from './live-page.ts'
import { keepSubscribed } from './graphql-ws'

exposeLive((receive) =>
  keepSubscribed(`ws://${location.host}/live`, (client) => {
    client.subscribe<{ news: string }>(
      { query: 'subscription { news }' },
      {
        next: ({ data }) => receive(String(data?.news)),
        error: () => undefined,
        complete: () => undefined,
      },
    )
  }),
)
