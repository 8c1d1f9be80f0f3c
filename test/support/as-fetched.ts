/** The answer as fetch gives it: a constructed Response has no URL, and its type is `default`. */
export function asFetched(
  answer: Response,
  { url, redirected, type }: Pick<Response, 'url' | 'redirected' | 'type'>,
): Response {
  return Object.defineProperties(answer, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  })
}
