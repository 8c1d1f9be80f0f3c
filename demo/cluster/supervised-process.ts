import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

export interface SupervisedProcess {
  readonly url: URL
  /** The id of the process that is running now. A replacement has another one. */
  readonly pid: () => number | undefined
  /** Kills the process as a crash would, and resolves when it is gone. */
  kill(): Promise<void>
  /** Stops it for good, letting it close in order. */
  close(): Promise<void>
}

export interface SupervisedProcessOptions {
  /** The script to run with Node.js. It logs `listening` with its `url` once it does. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  /** `0` takes any free port; a replacement takes the same one. */
  readonly port: number
  /** Called with each line that it logs. */
  readonly onLine: (line: string) => void
  /** Called when it has ended without being told to, with its last words. */
  readonly onEnd: (lastWords: string) => void
}

interface Run {
  readonly child: ChildProcess
  readonly listening: Promise<URL>
  /** Resolves to its last output on standard error, if that may explain why it ended. */
  readonly ended: Promise<string>
}

const REST_MS = 500

/** Runs a server in a process of its own, and starts a new one whenever it ends without being told to. */
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
      // A process that was killed did not write about it.
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
    // A caller waits only for the first start.
    listening.catch(() => undefined)
    return { child, listening, ended }
  }
}

function urlIn(line: string): string | undefined {
  const entry = JSON.parse(line) as { readonly event: string; readonly url?: string }
  return entry.event === 'listening' ? entry.url : undefined
}
