import { join } from 'node:path'
import { startProxy } from './proxy.ts'
import { startProcess, type SupervisedProcess } from './supervised-process.ts'

export interface ClusterOptions {
  readonly databaseUrl: string
  /** Of the proxy. `0` takes any free port. */
  readonly port: number
  readonly resourcePort: number
  /** How many instances of the auth server run. @default 3 */
  readonly size?: number
  /** Settings of all of them, beside those that make them a cluster. */
  readonly env?: Readonly<Record<string, string>>
  /** Hears of each line that a process logs. */
  readonly onLine?: (name: string, line: string) => void
  /** Hears that a process has ended unasked; another one takes its place. */
  readonly onEnd?: (name: string, lastWords: string) => void
}

export interface Cluster {
  /** Of the proxy: what to open. */
  readonly url: string
  /** Another origin, whose server has no database. */
  readonly resourceUrl: string
  readonly instances: readonly SupervisedProcess[]
  close(): Promise<void>
}

const DEMO = join(import.meta.dirname, '..')

/**
 * Runs what a deployment has: instances of the auth server on one PostgreSQL behind one proxy, none of which knows of the
 * others, and a resource server on an origin of its own.
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
  /** What ends what has been started. */
  const ends: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(ends.splice(0).map((end) => end()))
  }

  async function start(name: string, script: string, port: number, more: Record<string, string>) {
    const started = await startProcess({
      script: join(DEMO, script),
      env: { ...env, HOST: '127.0.0.1', ...more },
      port,
      onLine: (line) => onLine(name, line),
      onEnd: (lastWords) => onEnd(name, lastWords),
    })
    ends.push(() => started.close())
    return started
  }

  try {
    const starting = Array.from({ length: size }, (_, n) =>
      start(`instance ${n + 1}`, 'server/main.ts', 0, {
        DATABASE_URL: databaseUrl,
        // Of whom a request comes, the proxy says. It is on this machine, as the instances are.
        TRUSTED_PROXIES: '127.0.0.1',
      }),
    )
    // All of them, so that none is left running if another has not started.
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
