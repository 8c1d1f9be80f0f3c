import { inWords } from '../answer.ts'
import { kept, must, notApplicable, type Check } from '../check.ts'

/** What the API itself has to say. */
export const apiChecks: readonly Check[] = [
  {
    id: 'api-cache',
    promise:
      'An answer of the API to one user is not taken out of the cache for the next: it says Vary: Authorization, or Cache-Control: no-store.',
    harm: 'others-let-in',
    cost: 'The next user of the browser may be shown what the API has answered the last one.',
    async ask(probe) {
      const { api } = probe.options
      if (api === undefined) return notApplicable('No URL of the API was given.')
      await probe.logIn()
      const token = probe.answers.at(-1)?.body['access_token']
      if (typeof token !== 'string') return notApplicable('Script cannot read the access token.')
      const answer = await probe.askApi(api, token)
      must(answer.ok, `It was answered ${inWords(answer)}.`)
      const says = (name: string, value: RegExp): boolean =>
        value.test(answer.headers.get(name) ?? '')
      if (says('cache-control', /\bno-store\b/i)) return kept('Cache-Control: no-store.')
      must(says('vary', /(^|[\s,])(authorization|\*)($|[\s,])/i), 'It says neither.')
      return kept('Vary: Authorization.')
    },
  },
]
