import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type OnFinished = (undo: () => Promise<void>) => void

const SCRIPT = fileURLToPath(new URL('serve.ts', import.meta.url))

/** Starts this many backends on one database (in memory without a URL), one after the other; resolves to their URLs. */
export async function startBackends(
  onFinished: OnFinished,
  count: number,
  databaseUrl?: string,
): Promise<string[]> {
  const urls: string[] = []
  for (let n = 0; n < count; n++)
    urls.push(
      await start(onFinished, ['backend', ...(databaseUrl === undefined ? [] : [databaseUrl])]),
    )
  return urls
}

/** Starts the floor that everything is compared with. */
export async function startBare(onFinished: OnFinished): Promise<string> {
  return start(onFinished, ['bare'])
}

async function start(onFinished: OnFinished, options: readonly string[]): Promise<string> {
  const child = fork(SCRIPT, options)
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
  return url
}
