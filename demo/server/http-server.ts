import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'

const LOCAL = ['127.0.0.1', '0.0.0.0', '::', '::1']

/** The address under which this machine's browser finds a server. */
export function localUrl(host: string, port: number): string {
  return `http://${LOCAL.includes(host) ? 'localhost' : host}:${port}`
}

/** Resolves to the port once the server listens; rejects with a plain sentence if the port is taken. */
export function listen(
  server: Server,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const message = `Port ${port} is already in use. Set PORT to another one; 0 takes any.`
      reject(isTaken ? new Error(message, { cause: error }) : error)
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Takes no more connections, and resolves when all requests have been answered. */
export async function stopListening(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A browser keeps its connection open after the answer it was waiting for.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearInterval(sweep)
}

/** Closes once what runs in this process, when it is told to end. */
export function closeOnSignal({ close }: { close(): Promise<void> }): void {
  let closing: Promise<void> | undefined
  // Not `once`: a terminal signals the whole process group and npm passes the same signal on, and a second one that
  // nobody listens to would end the process in the middle of closing the database.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void (closing ??= close()))
}
