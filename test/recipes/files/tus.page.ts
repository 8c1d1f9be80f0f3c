import { sessionErrorOf } from 'latchkey'
import '../page.ts'
import { bytesOf } from './file.ts'
import { uploadInParts } from './tus'

/** What an upload came to. */
export interface Outcome {
  readonly url?: string | null
  readonly error?: string
  /** The code of the SessionError behind the error. */
  readonly code?: string | undefined
  /** The last share that it was told. */
  readonly share?: number | undefined
}

declare global {
  interface Window {
    /** Uploads the same file of this size. */
    uploadFile(size: number): Promise<Outcome>
  }
}

window.uploadFile = async (size) => {
  let share: number | undefined
  const file = new File([bytesOf(size)], 'film', { lastModified: 1 })
  try {
    const url = await uploadInParts('/api/tus', file, (sent) => (share = sent))
    return { url, share }
  } catch (error) {
    return { error: String(error), code: sessionErrorOf(error)?.code, share }
  }
}
