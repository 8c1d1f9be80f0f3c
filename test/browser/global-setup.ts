import type { TestProject } from 'vitest/node'
import { provideTemplate } from '../support/template-folder.ts'
import { startDisplay } from './engines/display.ts'

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
