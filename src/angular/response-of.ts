import type { HttpErrorResponse, HttpResponse } from '@angular/common/http'

const BODILESS = [204, 205, 304]

/** The answer of HttpClient to `href` as a `Response`, for what judges answers. Its body is made when it is read. */
export function responseOf(
  answer: HttpResponse<unknown> | HttpErrorResponse,
  href: string,
): Response {
  const { status, headers, url } = answer
  const list = headers.keys().flatMap((name) => pairsOf(name, headers.getAll(name)))
  const response = new Response(BODILESS.includes(status) ? null : lazy(() => bytesOf(answer)), {
    // What no Response can have says nothing about a token.
    status: status > 599 ? 599 : status,
    headers: list,
  })
  return Object.defineProperties(response, {
    url: { value: url ?? '' },
    // XMLHttpRequest does not say.
    redirected: { value: answer.redirected ?? url !== href.replace(/#.*/, '') },
  })
}

function pairsOf(name: string, values: readonly string[] | null): [string, string][] {
  return (values ?? []).map((value) => [name, value])
}

function lazy(bytes: () => Promise<Uint8Array<ArrayBuffer>>): ReadableStream {
  return new ReadableStream(
    {
      async pull(controller) {
        controller.enqueue(await bytes())
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

/** The body, which HttpClient has parsed. */
async function bytesOf(
  answer: HttpResponse<unknown> | HttpErrorResponse,
): Promise<Uint8Array<ArrayBuffer>> {
  const body: unknown = 'body' in answer ? answer.body : answer.error
  const isPlain = typeof body === 'string' || body instanceof Blob || body instanceof ArrayBuffer
  return new Uint8Array(await new Response(isPlain ? body : JSON.stringify(body)).arrayBuffer())
}
