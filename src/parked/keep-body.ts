import type { Outgoing } from '../fetch/outgoing.ts'

/** A call that can be sent later, whatever has become of what its body was made from. */
export interface KeptCall {
  readonly call: Outgoing
  /** How large its body is. */
  readonly bytes: number
}

/** Reads the body of a call into memory. Rejects if it cannot be read: the file is gone, or the body was read before. */
export async function keepBody(call: Outgoing): Promise<KeptCall> {
  const { request, init } = call
  // Without a Request the call is all text, which cannot change.
  if (!request) return { call, bytes: leastBytes(init?.body) }
  let buffer: ArrayBuffer
  try {
    buffer = await request.clone().arrayBuffer()
  } catch (error) {
    // WebKit reads no form with files (`InvalidStateError`): there they are read when the call is sent.
    if (!isForm(call.body)) throw error
    return { call, bytes: leastBytes(call.body) }
  }
  const bytes = buffer.byteLength
  if (bytes === 0) return { call, bytes }
  const kept = new Request(request, { body: buffer })
  return { call: { ...call, resource: kept, request: kept, body: undefined }, bytes }
}

/** How many bytes a body has at least, as far as that can be known before it is read. */
export function leastBytes(body: unknown): number {
  if (typeof body === 'string') return new TextEncoder().encode(body).length
  if (typeof body !== 'object' || body === null) return 0
  if ('byteLength' in body) return Number(body.byteLength) || 0
  if (isForm(body)) {
    let bytes = 0
    for (const [, value] of body) bytes += leastBytes(value)
    return bytes
  }
  return 'size' in body ? Number(body.size) || 0 : 0
}

function isForm(body: unknown): body is FormData {
  return Object.prototype.toString.call(body) === '[object FormData]'
}
