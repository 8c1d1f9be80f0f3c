// node demo/cluster/main.ts: a small deployment on this machine. Settings are those of the server, for all its instances.
import { randomBytes } from 'node:crypto'
import { startPostgres } from '../../test/support/postgres.ts'
import { readConfig } from '../config.ts'
import { closeOnSignal } from '../http-server.ts'
import { startCluster } from './start-cluster.ts'

try {
  const { port, databaseUrl } = readConfig(process.env)
  // A PostgreSQL that is started here is removed with its data. A database of your own is left as it is.
  const postgres = databaseUrl === undefined ? await startPostgres() : undefined
  try {
    const cluster = await startCluster({
      databaseUrl: postgres?.url ?? databaseUrl ?? '',
      port,
      resourcePort: port === 0 ? 0 : port + 1,
      env:
        postgres === undefined
          ? {}
          : // Only this machine can reach it, so the first account to register may become the administrator.
            { KEY_ENCRYPTION_KEY: drawKey(), FIRST_ACCOUNT_IS_ADMIN: '1' },
      onLine: (name, line) => process.stdout.write(`${name.padEnd(15)} ${line}\n`),
      onEnd: (name, lastWords) =>
        process.stderr.write(
          `\n  ${name} has ended; another one takes its place. ${lastWords}\n\n`,
        ),
    })
    closeOnSignal({
      async close() {
        await cluster.close()
        await postgres?.stop()
      },
    })
    const pids = cluster.instances.map(({ pid }) => pid()).join(', ')
    process.stderr.write(
      [
        '',
        `  Open ${cluster.url} in a browser: three instances on one PostgreSQL take turns behind it.`,
        `  The server without a database is at ${cluster.resourceUrl}/api/me.`,
        `  The instances are processes ${pids}: kill -9 one, and go on working.`,
        ...(postgres === undefined ? [] : [`  psql '${postgres.url}' looks into the database.`]),
        '  Ctrl-C ends all of it, and leaves nothing behind.',
        '',
        '',
      ].join('\n'),
    )
  } catch (error) {
    await postgres?.stop()
    throw error
  }
} catch (error) {
  console.error((error instanceof Error && error.message) || error)
  process.exitCode = 1
}

function drawKey(): string {
  return randomBytes(32).toString('base64')
}
