import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openPostgres, openRedis } from './stores.ts'

const SESSIONS = 6
const KILLS = 5
const ROTATIONS_BETWEEN = 15

test.each([
  ['PostgreSQL', openPostgresAddress],
  ['Redis', openRedisAddress],
])(
  'on %s, two processes refresh, one is killed again and again, and no session is lost or has two leaves',
  async (kind, open) => {
    const address = await open()
    const steady = await startInstance(kind, address)
    let mortal = await startInstance(kind, address)
    const browsers = await Promise.all(Array.from({ length: SESSIONS }, () => signIn(steady.url)))
    let rotations = 0
    let kills = 0
    onTestFinished(() => void (kills = KILLS))

    async function use({ token: first, sid }: Token): Promise<void> {
      let token = first
      for (let seq = 2; kills < KILLS; seq++) {
        const key = randomBytes(16).toString('hex')
        const found = new Set<string>()
        // Until one is answered, both tabs ask again with the same key, as the SDK does.
        while (found.size === 0) {
          const urls = [steady.url, mortal.url]
          const answers = await Promise.all(urls.map((url) => refresh(url, token, key)))
          for (const answer of answers) {
            if (answer === undefined) continue
            expect(answer).toMatchObject({ status: 200, body: { sid, seq } })
            found.add(answer.body.refresh_token)
          }
        }
        expect(found.size).toBe(1)
        token = [...found].join()
        rotations++
      }
    }

    async function killAgainAndAgain(): Promise<void> {
      while (kills < KILLS) {
        const before = rotations
        await expect.poll(() => rotations).toBeGreaterThan(before + ROTATIONS_BETWEEN)
        mortal.process.kill('SIGKILL')
        await once(mortal.process, 'exit')
        mortal = await startInstance(kind, address)
        kills++
      }
    }

    await Promise.all([killAgainAndAgain(), ...browsers.map(use)])
  },
)

interface Token {
  readonly token: string
  readonly sid: string
}

interface Instance {
  readonly url: string
  readonly process: ChildProcess
}

async function openPostgresAddress(): Promise<string> {
  const { client, close } = await openPostgres()
  onTestFinished(close)
  return client.options.connectionString ?? ''
}

async function openRedisAddress(): Promise<string> {
  const { path, close } = await openRedis()
  onTestFinished(close)
  return path
}

async function startInstance(kind: string, address: string): Promise<Instance> {
  const file = join(import.meta.dirname, 'instance.ts')
  const child = spawn(process.execPath, [file, kind, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const port of createInterface({ input: child.stdout }))
    return { url: `http://127.0.0.1:${port}`, process: child }
  throw new Error('The instance did not start.')
}

async function signIn(url: string): Promise<Token> {
  const response = await fetch(`${url}/auth/login`, { method: 'POST' })
  const { refresh_token: token = '', sid = '' } = (await response.json()) as Record<string, string>
  return { token, sid }
}

/** The answer; `undefined` if the instance is gone or its answer was lost. */
async function refresh(url: string, token: string, key: string) {
  try {
    const response = await fetch(`${url}/auth/refresh`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: JSON.stringify({ refresh_token: token }),
    })
    return { status: response.status, body: (await response.json()) as { refresh_token: string } }
  } catch {
    return undefined
  }
}
