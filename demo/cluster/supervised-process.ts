import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

export interface SupervisedProcess {
  readonly url: URL
  /** Of the process that runs now; it changes with each that takes the place of another. */
  readonly pid: () => number | undefined
  /** Ends it as a crash would, and resolves when it has gone. */
  kill(): Promise<void>
  /** Ends it for good, in order. */
  close(): Promise<void>
}

export interface SupervisedProcessOptions {
  /** What to run with Node.js. It logs `listening` with its `url` once it does. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  /** `0` takes any free port; whoever takes its place takes the same. */
  readonly port: number
  /** Hears of each line that it logs. */
  readonly onLine: (line: string) => void
  /** Hears that it has ended unasked, with what it said last. */
  readonly onEnd: (lastWords: string) => void
}

interface Run {
  readonly child: ChildProcess
  readonly listening: Promise<URL>
  /** Resolves to what it said last on standard error, if that may tell why it has ended. */
  readonly ended: Promise<string>
}

const REST_MS = 500

/** Runs a server in a process of its own, and another one in its place whenever that ends unasked. */
export async function startProcess({
  script,
  env,
  port,
  onLine,
  onEnd,
}: SupervisedProcessOptions): Promise<SupervisedProcess> {
  const closing = new AbortController()
  let current = run(port)
  const url = await current.listening
  const supervised = supervise()

  return {
    url,
    pid: () => current.child.pid,
    async kill() {
      const { child, ended } = current
      child.kill('SIGKILL')
      await ended
    },
    async close() {
      closing.abort()
      current.child.kill('SIGTERM')
      await supervised
    },
  }

  async function supervise(): Promise<void> {
    for (;;) {
      const lastWords = await current.ended
      if (!closing.signal.aborted) onEnd(lastWords)
      if (!(await isToGoOn())) return
      current = run(Number(url.port))
    }
  }

  function isToGoOn(): Promise<boolean> {
    return wait(REST_MS, true, { signal: closing.signal }).catch(() => false)
  }

  function run(port: number): Run {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, ...env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let lastWords = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-4_000)
    })
    const ended = new Promise<string>((resolve) =>
      // Whoever was killed had nothing to say about it.
      child.once('close', (code) => resolve(code === null ? '' : lastWords.trim())),
    )
    const listening = new Promise<URL>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        onLine(line)
        const at = urlIn(line)
        if (at !== undefined) resolve(new URL(at))
      })
      void ended.then((words) => reject(new Error(`${script} did not start. ${words}`)))
    })
    // Only the first start has somebody waiting for it.
    listening.catch(() => undefined)
    return { child, listening, ended }
  }
}

function urlIn(line: string): string | undefined {
  const entry = JSON.parse(line) as { readonly event: string; readonly url?: string }
  return entry.event === 'listening' ? entry.url : undefined
}
