// npm run bench:flood [-- --seconds 20 --logins 300]: how long /api/me and /auth/refresh take for a user, first on a quiet
// server and then while one other address signs in with right passwords as often as it can. No test fails because of a
// figure: the limits that this shows at work are tested in test/server/login-flood.test.ts.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../../support/postgres.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { newDevice } from './load.ts'
import { probe, type Latency } from './probe.ts'
import { startBackends } from './servers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    logins: { type: 'string', default: '300' },
  },
})
const seconds = Number(values.seconds)
const FLOOD = fileURLToPath(new URL('flood-logins.ts', import.meta.url))

print(`${machine()}; ${values.logins} logins at once from one address, ${seconds} s each`)
const rows = [
  ...(await measure('PGlite')),
  ...(await measure('PostgreSQL', async (onFinished) => {
    const postgres = await startPostgres()
    onFinished(() => postgres.stop())
    return postgres.url
  })),
]
const HEAD = ['database', 'request', 'quiet p50 ms', 'p99', 'in the flood p50 ms', 'p99', 'ratio']
print(`\n${table(HEAD, rows)}\n\n(${load()})`)

type OnFinished = Parameters<Parameters<typeof withCleanup>[0]>[0]

async function measure(
  name: string,
  startDatabase?: (onFinished: OnFinished) => Promise<string>,
): Promise<string[][]> {
  return withCleanup(async (onFinished) => {
    const [url = ''] = await startBackends(onFinished, 1, await startDatabase?.(onFinished))
    const victim = await newDevice(url)
    const attacker = await newDevice(url)
    // Not counted: the code would still be compiled during the first figures.
    await probe(url, victim, Math.min(seconds, 5))
    const quiet = await probe(url, await newDevice(url), seconds)
    const flood = fork(FLOOD, [url, values.logins, JSON.stringify(attacker)])
    onFinished(async () => {
      const exited = once(flood, 'exit')
      flood.disconnect()
      await exited
    })
    await once(flood, 'message')
    const flooded = await probe(url, await newDevice(url), seconds)
    const answered = once(flood, 'message')
    flood.send('How many?')
    const [counts] = (await answered) as [Readonly<Record<string, number>>]
    print(`${name}: the flood was answered ${JSON.stringify(counts)}`)
    return (['me', 'refresh'] as const).map((each) => cells(name, each, quiet, flooded))
  })
}

function cells(name: string, request: keyof Latency, quiet: Latency, flooded: Latency): string[] {
  const [before, during] = [quiet[request], flooded[request]]
  const written = [before.p50Ms, before.p99Ms, during.p50Ms, during.p99Ms].map((ms) =>
    ms.toFixed(1),
  )
  return [name, request, ...written, (during.p99Ms / before.p99Ms).toFixed(1)]
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
