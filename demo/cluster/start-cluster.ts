import { join } from 'node:path'
import { startProxy } from './proxy.ts'
import { startProcess, type SupervisedProcess } from './supervised-process.ts'

export interface ClusterOptions {
  readonly databaseUrl: string
  /** The port of the proxy. `0` takes any free port. */
  readonly port: number
  readonly resourcePort: number
  /** How many instances of the auth server run. @default 3 */
  readonly size?: number
  /** Settings of all instances, beside those that make them a cluster. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with each line that a process logs. */
  readonly onLine?: (name: string, line: string) => void
  /** Called when a process has ended without being told to. A new one replaces it. */
  readonly onEnd?: (name: string, lastWords: string) => void
}

export interface Cluster {
  /** The URL of the proxy: open this one. */
  readonly url: string
  /** The URL of the resource server, another origin whose server has no database. */
  readonly resourceUrl: string
  readonly instances: readonly SupervisedProcess[]
  close(): Promise<void>
}

const DEMO = join(import.meta.dirname, '..')

/**
 * Runs a whole deployment: several instances of the auth server that share one PostgreSQL behind one proxy and do not
 * know of each other, and a resource server on another origin.
 */
export async function startCluster({
  databaseUrl,
  port,
  resourcePort,
  size = 3,
  env = {},
  onLine = () => undefined,
  onEnd = () => undefined,
}: ClusterOptions): Promise<Cluster> {
  /** How to stop each part that was started so far. */
  const ends: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(ends.splice(0).map((end) => end()))
  }

  async function start(name: string, script: string, port: number, more: Record<string, string>) {
    const started = await startProcess({
      script: join(DEMO, script),
      // The proxy passes on the host that the browser asked for, and this machine has one name.
      env: { ALLOWED_HOSTS: 'localhost', ...env, HOST: '127.0.0.1', ...more },
      port,
      onLine: (line) => onLine(name, line),
      onEnd: (lastWords) => onEnd(name, lastWords),
    })
    ends.push(() => started.close())
    return started
  }

  try {
    const starting = Array.from({ length: size }, (_, n) =>
      start(`instance ${n + 1}`, 'main.ts', 0, {
        DATABASE_URL: databaseUrl,
        // The proxy says where a request comes from. It is on this machine, as the instances are.
        TRUSTED_PROXIES: '127.0.0.1',
      }),
    )
    // Wait for all of them, so that none is left running if another failed to start.
    await Promise.allSettled(starting)
    const instances = await Promise.all(starting)
    const proxy = await startProxy({ port, targets: instances.map(({ url }) => url) })
    ends.push(() => proxy.close())
    const resource = await start('resource server', 'resource-server/main.ts', resourcePort, {
      ALLOWED_ORIGINS: proxy.url,
      JWKS_URL: `${proxy.url}/.well-known/jwks.json`,
    })
    return { url: proxy.url, resourceUrl: resource.url.origin, instances, close }
  } catch (error) {
    await close()
    throw error
  }
}
