import '../page.ts'
import { bytesOf } from './file.ts'
import { upload } from './upload'

/** The interface of the page for tests. */
export interface UploadPage {
  /** Uploads a file of this size. Resolves to the answer, or to the message of the error, and the shares that it was told. */
  upload(
    size: number,
  ): Promise<{ readonly answer: unknown; readonly error?: string; readonly shares: number[] }>
}

declare global {
  interface Window {
    uploads: UploadPage
  }
}

window.uploads = {
  async upload(size) {
    const shares: number[] = []
    try {
      const { status, responseText } = await upload(
        '/api/upload',
        new Blob([bytesOf(size)]),
        (share) => shares.push(share),
      )
      return { answer: { status, text: responseText }, shares }
    } catch (error) {
      return { answer: undefined, error: String(error), shares }
    }
  },
}
