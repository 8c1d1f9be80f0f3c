import { bug, type Bug } from './bug.ts'

/** Mistakes with a worker that makes the refreshes. */
export const WORKER_BUGS: readonly Bug[] = [
  bug(
    'a tab makes its refresh itself while it asks the worker',
    'core/refresh/refresher.ts',
    'await askWorker?.(session, used, signal)',
    'void askWorker?.(session, used, signal)',
  ),
  bug(
    'a worker that is silent is waited for',
    'core/worker/worker-client.ts',
    'const SILENCE_MS = 2_000',
    'const SILENCE_MS = 2_000_000',
  ),
  bug(
    'a tab that the worker has answered believes that nothing is left to do',
    'core/refresh/refresher.ts',
    'await askWorker?.(session, used, signal)\n',
    'if (askWorker) return void (await askWorker(session, used, signal))\n',
  ),
]
