import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { outgoing, type Outgoing } from '../../../src/fetch/outgoing.ts'
import { keepBody } from '../../../src/parked/keep-body.ts'

const CONTENTS = 'contents'

/** A call with this body, as `authFetch` reads it. */
function callWith(body: BodyInit): Outgoing {
  const init = { method: 'POST', body }
  return outgoing('https://app.test/api/a', init, (url) => url, fetch) as Outgoing
}

/** A file on disk, and how it is removed. */
async function diskFile(): Promise<{ readonly blob: Blob; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-body-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  onTestFinished(remove)
  const path = join(folder, 'file.txt')
  writeFileSync(path, CONTENTS)
  return { blob: await openAsBlob(path), remove }
}

/** Reads no form, as WebKit's reads none with files. Node.js hangs if a file in a form is gone. */
class WebKitRequest extends Request {
  override clone(): Request {
    return new WebKitRequest(super.clone())
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(
      new DOMException('The object is in an invalid state', 'InvalidStateError'),
    )
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

function formOf(blob: Blob): FormData {
  const form = new FormData()
  form.set('title', 'A file')
  form.set('file', blob, 'file.txt')
  return form
}

test('a file that is removed after its call was kept is sent as it was', async () => {
  const { blob, remove } = await diskFile()
  const { call, bytes } = await keepBody(callWith(formOf(blob)))
  remove()
  const sent = await call.request?.text()
  expect(sent).toContain(CONTENTS)
  expect(bytes).toBe(sent?.length)
  // Nothing else holds the form.
  expect(call.body).toBeUndefined()
})

test('a form that cannot be read beforehand waits as it is, and counts as its fields and files', async () => {
  vi.stubGlobal('Request', WebKitRequest)
  const call = callWith(formOf(new Blob([CONTENTS])))
  const kept = await keepBody(call)
  expect(kept.call).toBe(call)
  expect(kept.bytes).toBe('A file'.length + CONTENTS.length)
})

test('any other body that cannot be read does not wait', async () => {
  const { blob, remove } = await diskFile()
  const call = callWith(blob)
  remove()
  await expect(keepBody(call)).rejects.toMatchObject({ name: 'NotReadableError' })
})

test('a body that is empty stays as it is', async () => {
  const call = callWith(new Blob([]))
  expect(await keepBody(call)).toEqual({ call, bytes: 0 })
})
