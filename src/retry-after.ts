/** `Retry-After` (RFC 9110 §10.2.3) of a 429 or 503, in milliseconds. A date is compared with the server's own `Date`. */
export function retryAfterMs({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): number | undefined {
  const value = headers.get('retry-after')
  if (!value || (status !== 429 && status !== 503)) return undefined
  // eslint-disable-next-line no-restricted-globals -- parsing reads no clock
  const { parse } = Date
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : parse(value) - parse(headers.get('date') ?? '')
  return ms >= 0 ? ms : undefined
}
