/** Gives `copy` what a constructed Response lacks, as `original` has it, also in its clones. */
export function like(original: Response, copy: Response): Response {
  const { url, redirected, type } = original
  return Object.defineProperties(copy, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
    clone: { value: () => like(original, Response.prototype.clone.call(copy)) },
  })
}
