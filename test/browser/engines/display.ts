import { spawn } from 'node:child_process'

/** Starts an X server without a screen, since WebKitGTK does not run without an X server. */
export async function startDisplay(): Promise<{
  readonly display: string
  readonly stop: () => void
}> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [, , , numbers] = server.stdio
  const display = await new Promise<string>((resolve, reject) => {
    numbers?.once('data', (number) => resolve(`:${String(number).trim()}`))
    server.once('error', reject)
    server.once('exit', () => reject(new Error('Xvfb has ended')))
  })
  return { display, stop: () => void server.kill() }
}
