import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type OnFinished = (undo: () => Promise<void>) => void

const SCRIPT = fileURLToPath(new URL('serve.ts', import.meta.url))

/** The packages of what the kit is compared with. */
export const PEERS: URL = new URL('peers/', import.meta.url)

/** The processes, by their URLs. */
const running = new Map<string, ChildProcess>()

/** The processor time that these servers have taken, in microseconds. */
export async function processorTimeUs(urls: readonly string[]): Promise<number> {
  const times = await Promise.all(
    urls.map(async (url) => {
      const child = running.get(url)
      if (child === undefined) throw new Error('No server of the bench has this URL.')
      const answered = once(child, 'message')
      child.send('How much?')
      const [{ user, system }] = (await answered) as [NodeJS.CpuUsage]
      return user + system
    }),
  )
  return times.reduce((sum, time) => sum + time, 0)
}

/** Starts this many backends on one database (in memory without a URL), one after the other; resolves to their URLs. */
export async function startBackends(
  onFinished: OnFinished,
  count: number,
  databaseUrl?: string,
): Promise<string[]> {
  const urls: string[] = []
  for (let n = 0; n < count; n++) urls.push(await start(onFinished, 'backend', databaseUrl))
  return urls
}

/** Starts the kit alone on `node:http`, on this database or in memory. */
export async function startKit(onFinished: OnFinished, databaseUrl?: string): Promise<string> {
  return start(onFinished, 'kit', databaseUrl)
}

/** Starts express-session with connect-pg-simple. */
export async function startExpressSession(
  onFinished: OnFinished,
  databaseUrl: string,
): Promise<string> {
  return startScript(onFinished, fileURLToPath(new URL('serve.mjs', PEERS)), [databaseUrl])
}

/** Starts the floor that everything is compared with. */
export async function startBare(onFinished: OnFinished): Promise<string> {
  return start(onFinished, 'bare')
}

async function start(onFinished: OnFinished, kind: string, databaseUrl?: string): Promise<string> {
  const options = databaseUrl === undefined ? [kind] : [kind, databaseUrl]
  return startScript(onFinished, SCRIPT, options)
}

async function startScript(
  onFinished: OnFinished,
  script: string,
  options: readonly string[],
): Promise<string> {
  const child = fork(script, options)
  onFinished(async () => {
    if (child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.disconnect()
    await exited
  })
  const [url] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('A server of the bench did not start.')
    }),
  ])) as [string]
  running.set(url, child)
  return url
}
