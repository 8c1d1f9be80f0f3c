import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { pageOf } from '../../bench/support/bundle.ts'
import { serveHtml } from '../../bench/support/serve-html.ts'

/** The HTML of a page of this folder, with its script. */
export function fixture(file: string): Promise<string> {
  return pageOf(fileURLToPath(new URL(file, import.meta.url)))
}

/** Serves a page of this folder, at every path, until the running test has finished. Resolves to its address. */
export async function servePage(file: string): Promise<string> {
  return serveHtml(await fixture(file), onTestFinished)
}
