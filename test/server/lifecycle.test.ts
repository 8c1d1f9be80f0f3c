import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../demo/start-server.ts'
import { copyTemplate } from '../support/pglite.ts'
import { logIn, refresh } from './clients.ts'
import { onPostgres, type TestServer } from './harness.ts'

const main = join(import.meta.dirname, '../../demo/main.ts')

function temporaryFolder(): string {
  const folder = copyTemplate()
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

async function startIn(dataDir: string): Promise<TestServer> {
  const passwordCost = { memoryCost: 8, timeCost: 1, parallelism: 1 }
  const server = await startServer({ port: 0, dataDir, passwordCost, log: () => undefined })
  return { ...server, log: [], rows: () => [] }
}

async function keysOf({ url }: TestServer): Promise<string> {
  return (await fetch(`${url}/.well-known/jwks.json`)).text()
}

test('sessions, access tokens and keys survive a restart', async () => {
  const folder = temporaryFolder()
  const before = await startIn(folder)
  const session = await logIn(before, 'cookie')
  const keysBefore = await keysOf(before)
  await before.close()

  const after = await startIn(folder)
  onTestFinished(() => after.close())
  expect(await keysOf(after)).toBe(keysBefore)
  const headers = { authorization: `Bearer ${session.accessToken}` }
  expect((await fetch(`${after.url}/api/me`, { headers })).status).toBe(200)
  expect(await refresh(after, 'cookie', session)).toMatchObject({ status: 200, body: { seq: 2 } })
})

test('a data folder that a server uses is refused to the next one, and free when it has closed', async () => {
  const folder = temporaryFolder()
  const first = await startIn(folder)
  await expect(startIn(folder)).rejects.toThrow(`Another process is using ${folder}`)
  await first.close()
  await (await startIn(folder)).close()
})

test('started from the command line, it ends on SIGTERM, in order', async () => {
  // Vitest has a MODE, too.
  const env = { ...process.env, MODE: 'rotating', PORT: '0', DATA_DIR: temporaryFolder() }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const events: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url } = JSON.parse(line) as { event: string; url?: string }
    events.push(event)
    if (url === undefined) continue
    expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200)
    child.kill('SIGTERM')
  }
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(0)
  expect(events).toEqual(['listening', 'closed'])
})

test('a setting that cannot be used ends the start with one plain line', async () => {
  const env = { ...process.env, ACCESS_TTL_S: 'soon' }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'pipe'] })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stderr })) lines.push(line)
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(1)
  expect(lines).toEqual(['ACCESS_TTL_S must be a whole number from 1 to 34560000, not "soon".'])
})

onPostgres((start) => {
  test('closing finishes the requests that are being answered and takes no more', async () => {
    const arrived = Promise.withResolvers<undefined>()
    const answerNow = Promise.withResolvers<undefined>()
    const server = await start({
      routes: (app) =>
        app.get('/slow', async (c) => {
          arrived.resolve(undefined)
          await answerNow.promise
          return c.text('answered')
        }),
    })
    const slow = fetch(`${server.url}/slow`)
    await arrived.promise
    const closed = server.close()
    await expect(fetch(`${server.url}/api/me`)).rejects.toThrow('fetch failed')
    answerNow.resolve(undefined)
    expect(await (await slow).text()).toBe('answered')
    await closed
  })

  test('a port that is taken is an error, not a crash', async () => {
    const { port } = await start()
    await expect(start({ port })).rejects.toThrow(String(port))
  })
})
