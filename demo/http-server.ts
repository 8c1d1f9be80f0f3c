import type { Server, ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'

const LOCAL = ['127.0.0.1', '0.0.0.0', '::', '::1']

/** The URL under which a browser on this machine reaches the server. */
export function localUrl(host: string, port: number): string {
  return `http://${LOCAL.includes(host) ? 'localhost' : host}:${port}`
}

/**
 * Options of `createServer` that close the connection of a client that does not send its request within this time, with
 * a 408. Node.js gives it five minutes unless told otherwise, and looks twice a minute.
 */
export function arrivingWithin(requestWithinS: number): ServerOptions {
  const requestTimeout = requestWithinS * 1_000
  return { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: 1_000 }
}

/** Resolves to the port once the server listens. If the port is taken, rejects with a message for people. */
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
  // Browsers keep connections open after the last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearInterval(sweep)
}

/** Closes what runs in this process, once, when the process is told to end. */
export function closeOnSignal({ close }: { close(): Promise<void> }): void {
  let closing: Promise<void> | undefined
  // Not `once`: a terminal signals the whole process group, and npm forwards the same signal. Without a listener, the
  // second one would end the process while the database is being closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void (closing ??= close()))
}
