import type { Page } from '../ports.ts'
import { page } from './page.ts'
import { workerPage } from './worker-page.ts'

/** The page, or what stands in for it in a worker. */
export function surroundings(): Page {
  return 'WorkerGlobalScope' in globalThis ? workerPage : page
}
