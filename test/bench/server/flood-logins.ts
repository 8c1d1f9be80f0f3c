// Signs in from one address with the right password, so many times at once, for as long as the bench is connected. In a
// process of its own, so that what the bench measures does not wait for it. Tells by a message that it is under way, and
// when it is asked, how it was answered.
import { setTimeout } from 'node:timers/promises'
import type { Device } from './load.ts'

const [url = '', atOnce = '', device = ''] = process.argv.slice(2)
const { username, password } = JSON.parse(device) as Device
const counts: Record<string, number> = {}
process.on('message', () => process.send?.(counts))
process.on('disconnect', () => process.exit())
for (let n = 0; n < Number(atOnce); n++) void signInAgainAndAgain()
await setTimeout(1_000)
process.send?.('under way')

async function signInAgainAndAgain(): Promise<void> {
  for (;;) {
    const outcome = await signIn().catch(() => 'no answer')
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
}

async function signIn(): Promise<string> {
  const answer = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-requested-with': 'bench',
      'x-forwarded-for': '192.0.2.1',
    },
    body: JSON.stringify({ username, password, delivery: 'body' }),
  })
  await answer.arrayBuffer()
  return String(answer.status)
}
