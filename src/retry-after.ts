/** When the server says that it made this answer (`Date`, RFC 9110 §6.6.1), in its own epoch seconds; `NaN` if it does not say. */
export function madeAtS(headers: Headers): number {
  return parse(headers.get('date')) / 1000
}

/** `Retry-After` (RFC 9110 §10.2.3) of a 429 or 503, in milliseconds. A date is compared with the server's own `Date`. */
export function retryAfterMs({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): number | undefined {
  const value = headers.get('retry-after')
  if (!value || (status !== 429 && status !== 503)) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : parse(value) - madeAtS(headers) * 1000
  return ms >= 0 ? ms : undefined
}

function parse(date: string | null): number {
  // eslint-disable-next-line no-restricted-globals -- parsing reads no clock
  return Date.parse(date ?? '')
}
