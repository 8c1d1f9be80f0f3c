/** The bytes of the file that the pages upload: no two parts of it are the same. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at++) bytes[at] = at % 251
  return bytes
}
