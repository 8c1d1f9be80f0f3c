/**
 * The URL of a Request, of any frame, by the platform's own getter: a property of the object's own may say anything.
 * `undefined` for everything else.
 */
export function urlOfRequest(input: unknown): string | undefined {
  // No URL is a Request, and an exception takes its time.
  if (typeof input !== 'object' || Object.getPrototypeOf(input ?? '') === URL.prototype)
    return undefined
  try {
    return Reflect.get<Request, 'url'>(Request.prototype, 'url', input)
  } catch {
    return undefined
  }
}
