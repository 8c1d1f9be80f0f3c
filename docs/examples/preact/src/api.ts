import { session } from './session'

export async function listNotes(): Promise<string[]> {
  return read(await session.authFetch('/api/notes'))
}

/** Resolves to all notes. */
export async function addNote(text: string): Promise<string[]> {
  const response = await session.authFetch('/api/notes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  })
  return read(response)
}

async function read(response: Response): Promise<string[]> {
  if (!response.ok) throw new Error(`The API answered ${response.status}`)
  return response.json()
}
