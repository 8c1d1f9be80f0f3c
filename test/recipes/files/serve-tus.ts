import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import type { Site } from '../server.ts'

/** Where uploads are created. Each has a path of its own below. */
export const UPLOADS = '/api/tus'

/** The uploads of a server. */
export interface TusServer {
  /** The bytes that have arrived of the upload with this URL. */
  bytesOf(url: string): Buffer
  /** Where the files are. */
  readonly folder: string
}

/** Serves uploads that only the user who has begun them may go on with. */
export function serveTus({ app, userOf }: Site): TusServer {
  const folder = mkdtempSync(join(tmpdir(), 'uploads-'))
  const owners = new Map<string, string>()
  const server = new Server({
    path: UPLOADS,
    datastore: new FileStore({ directory: folder }),
    async onIncomingRequest(request, id) {
      const user = await userOf(request)
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- as this server wants it
      if (typeof user !== 'string') throw { status_code: 401, body: 'Unauthorized' }
      const owner = owners.get(id) ?? user
      owners.set(id, owner)
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- as this server wants it
      if (owner !== user) throw { status_code: 404, body: 'Not found' }
    },
  })
  app.all(`${UPLOADS}/*`, ({ req }) => server.handleWeb(req.raw))
  return {
    folder,
    bytesOf: (url) => readFileSync(join(folder, url.split('/').at(-1) ?? '')),
  }
}
