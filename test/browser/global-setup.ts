import { spawn } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { provideTemplate } from '../support/template-folder.ts'

/** Prepares once what all test files share. */
export default async function setup(project: TestProject): Promise<() => void> {
  const removeTemplate = await provideTemplate(project)
  if (project.name !== 'browser-webkit') return removeTemplate
  const { display, stop } = await startDisplay()
  project.provide('display', display)
  return () => {
    stop()
    removeTemplate()
  }
}

/** Starts an X server without a screen, since WebKitGTK does not run without an X server. */
async function startDisplay(): Promise<{ readonly display: string; readonly stop: () => void }> {
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
