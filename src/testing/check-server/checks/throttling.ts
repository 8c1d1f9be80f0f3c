import { kept, must, notApplicable, type Check } from '../check.ts'
import { drawKey } from '../draw-key.ts'

const GUESSES = 20

/** Password guessing. Must run last, because a server may throttle all further requests of this address. */
export const throttlingChecks: readonly Check[] = [
  {
    id: 'retry-after',
    promise: 'A 429 says in Retry-After how many seconds to wait.',
    harm: 'delay',
    cost: 'Clients have to guess, and all return at once.',
    async ask(probe) {
      const { login, credentials } = probe.options
      // Wrong passwords for the name of a real user would lock that user out.
      if (login || !('username' in credentials && 'password' in credentials))
        return notApplicable('Only logins by username and password are tried.')
      const username = `unknown-${drawKey()}`
      for (let guess = 0; guess < GUESSES; guess++) {
        const answer = await probe.tryLogin({ username, password: drawKey() })
        if (answer.status !== 429) continue
        must(
          /^\d+$/.test(answer.headers.get('retry-after') ?? ''),
          'There is no Retry-After, or not in seconds.',
        )
        return kept(`It came with the wrong password number ${guess + 1}.`)
      }
      return notApplicable(`${GUESSES} wrong passwords for one name met no 429.`)
    },
  },
]
