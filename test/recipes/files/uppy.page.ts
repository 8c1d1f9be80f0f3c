import { sessionErrorOf } from 'latchkey'
import '../page.ts'
import { bytesOf } from './file.ts'
import type {} from './tus.page.ts'
import { createUppy } from './uppy'

window.uploadFile = async (size) => {
  const uppy = createUppy('/api/tus')
  let share: number | undefined
  let cause: unknown
  uppy.on('upload-progress', (_, { bytesUploaded, bytesTotal }) => {
    share = bytesUploaded / (bytesTotal ?? size)
  })
  uppy.on('upload-error', (_, error) => (cause = error))
  uppy.addFile({ name: 'film', type: 'video/mp4', data: new Blob([bytesOf(size)]) })
  const result = await uppy.upload()
  const [file] = result?.successful ?? []
  if (file) return { url: file.uploadURL ?? null, share }
  return { error: String(cause ?? 'cancelled'), code: sessionErrorOf(cause)?.code, share }
}
