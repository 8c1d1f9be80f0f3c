import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { refuseUpload, whole, type Uploaded } from '../../support/upload-server.ts'

// Story 28 of test/README.md: in a process of its own, so that nothing else is to be found in its memory.

const MEBIBYTES = 200
const SENDER = fileURLToPath(new URL('upload-in-node.ts', import.meta.url))

test('200 MB of a stream are sent once, never stored, and their 401 is returned as it is', async () => {
  const uploads: Uploaded[] = []
  const server = createServer((request, response) => {
    void refuseUpload(request, response).then((upload) => uploads.push(upload))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`

  const command = ['--expose-gc', SENDER, url, String(MEBIBYTES)]
  const { stdout } = await promisify(execFile)(process.execPath, command)
  const { bare, authenticated } = JSON.parse(stdout) as Record<string, { readonly most: number }>

  const arrived = whole(MEBIBYTES)
  expect(uploads).toEqual([
    { ...arrived, authorization: 'Bearer mine' },
    { ...arrived, authorization: 'Bearer secret-access-1' },
  ])
  const refused = { status: 401, text: 'refused', weighed: 5 }
  expect([bare, authenticated]).toMatchObject([refused, refused])
  // Buffers that are no longer in use are given back a little later than the heap is collected.
  for (const sent of [bare, authenticated]) expect(sent?.most).toBeLessThan(arrived.bytes / 2)
})
