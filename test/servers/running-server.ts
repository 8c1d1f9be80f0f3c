import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Gate } from '../browser/support/gate.ts'
import { within } from '../support/patience.ts'
import { PAGE_PATH, startProxy } from './proxy.ts'
import { whom, type ForeignServer } from './server.ts'

const DAY_MS = 86_400_000
const START_MS = 120_000

/** A server that runs, as stories use it. */
export interface RunningServer {
  /** The address of its page. */
  readonly page: string
  /** The status of each refresh that was answered since the access token expired last. */
  readonly refreshes: readonly number[]
  /** From now on holds the answer to the first refresh. */
  holdRefresh(): Gate
  readonly expiredAfterMs: number
  readonly renewsOnlyGood: boolean
  /** Lets `expiredAfterMs` pass at the server. Rejects if it still accepts the access token, unless it renews only good ones or binds them to a key. */
  expire(): Promise<void>
  /** Has the server refuse the next refresh. */
  refuse(): Promise<void>
}

/** Starts a server, in a process of its own whose clock can be moved, with `html` as its page. */
export async function startServer(
  server: ForeignServer,
  html: string,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<RunningServer> {
  let aheadMs = 0
  const page = (): string => html.replace('<script>', `<script>var aheadMs=${aheadMs};`)
  const proxy = await startProxy(page, (request) => server.isRefresh(request))
  onFinished(() => proxy.close())

  const child = fork(fileURLToPath(new URL(`${server.folder}/serve.mjs`, import.meta.url)), {
    cwd: fileURLToPath(new URL(server.folder, import.meta.url)),
    execPath: 'node',
    execArgv: ['--import', new URL('clock.mjs', import.meta.url).href],
    env: { ...ownEnvironment(), ORIGIN: proxy.origin },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => output.push(data.toString()))
  onFinished(() => end(child))
  const started = within(`${server.name} has started`, answerOf(child), START_MS)
  const { port } = await started.catch((error: unknown) => {
    throw new Error(output.join('').slice(-2_000) || String(error), { cause: error })
  })
  proxy.forwardTo(Number(port))

  async function pass(ms: number): Promise<void> {
    aheadMs += ms
    child.send({ aheadMs })
    await answerOf(child)
  }

  return {
    page: `${proxy.origin}${PAGE_PATH}?${new URLSearchParams({ server: server.name })}`,
    get refreshes() {
      return proxy.refreshes
    },
    expiredAfterMs: server.expiredAfterMs,
    renewsOnlyGood: server.renewsOnlyGood === true,
    holdRefresh: () => proxy.holdRefresh(),
    async expire() {
      const { authorization } = proxy
      await pass(server.expiredAfterMs)
      proxy.reset()
      if (server.renewsOnlyGood === true || server.bindsTokens === true) return
      const old = await fetch(proxy.origin + server.api, { headers: { authorization } })
      assert.equal(await whom(server, old), undefined, 'the server refuses an expired token')
    },
    refuse: () => server.refuse?.(proxy.origin) ?? pass(400 * DAY_MS),
  }
}

/** The environment with the machine's own Node.js in its PATH, which the tools of this project hide. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const PATH = folders.filter((folder) => !folder.includes('node_modules')).join(delimiter)
  return { ...process.env, PATH }
}

/** The next message of a process. Rejects if the process ends instead. */
async function answerOf(child: ChildProcess): Promise<Record<string, unknown>> {
  const done = new AbortController()
  const { signal } = done
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`It ended with ${String(code)}`)
      }),
    ])) as [Record<string, unknown>]
    return message
  } finally {
    done.abort()
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((ended) => {
    if (child.exitCode !== null || child.signalCode !== null) return ended()
    child.once('exit', () => ended())
    child.kill('SIGKILL')
  })
}
