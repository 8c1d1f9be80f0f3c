import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { until, within } from '../../support/patience.ts'
import { kill, processesBelow } from './processes.ts'

/** How long a browser may take to close before it is killed. */
const CLOSING_MS = 3_000
/** The limit of a command. One that hangs would otherwise fail its test with a time limit that does not name the command. */
const COMMAND_MS = 30_000

/** A session of a W3C WebDriver: one browser. */
export interface WebDriver {
  /** Sends a command after all earlier commands were answered. */
  send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
  /** Sends a command to a window, after all earlier commands were answered. */
  sendTo(
    window: string,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<unknown>
  /** Ends the browser and its driver. */
  end(): Promise<void>
}

/** Starts a driver and a session. Rejects with the message of the driver if the session does not start. */
export async function startWebDriver(
  executable: string,
  capabilities: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): Promise<WebDriver> {
  const port = await freePort()
  const driver = spawn(executable, [`--port=${String(port)}`], {
    env,
    stdio: 'ignore',
  })
  const stop = (): void => {
    const { pid = NaN } = driver
    // Without this the processes of the pages would survive their browser, and keep a core busy.
    for (const each of [...processesBelow(pid, /./), pid]) kill(each)
  }
  process.once('exit', stop)
  const base = `http://127.0.0.1:${String(port)}`
  await until('the WebDriver answers', async () => {
    if (driver.exitCode !== null) throw new Error(`${executable} has ended`)
    return await fetch(`${base}/status`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  const { sessionId } = (await command(`${base}/session`, 'POST', {
    capabilities: { alwaysMatch: capabilities },
  })) as { readonly sessionId: string }

  let current: string | undefined
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }
  const send: WebDriver['send'] = (method, path, body) =>
    within(
      `WebDriver answers ${method} ${path}`,
      command(`${base}/session/${sessionId}${path}`, method, body),
      COMMAND_MS,
    )

  return {
    send: (...args) => inTurn(() => send(...args)),
    sendTo: (window, ...args) =>
      inTurn(async () => {
        if (current !== window) await send('POST', '/window', { handle: window })
        current = window
        return await send(...args)
      }),
    async end() {
      process.off('exit', stop)
      // A browser that still answers cleans up.
      await command(`${base}/session/${sessionId}`, 'DELETE', undefined, CLOSING_MS).catch(
        () => undefined,
      )
      stop()
      await ended(driver)
    },
  }
}

async function command(
  url: string,
  method: string,
  body?: unknown,
  patienceMs?: number,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(patienceMs !== undefined && { signal: AbortSignal.timeout(patienceMs) }),
    ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
  })
  const { value } = (await response.json()) as { readonly value: unknown }
  if (response.ok) return value
  const { error, message } = value as { readonly error: string; readonly message: string }
  throw new Error(`${method} ${new URL(url).pathname}: ${error}: ${message}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('exit', resolve))
}
