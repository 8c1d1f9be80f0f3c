// The bench in a browser: the real createSession, with everything that a page has around it.
import { createSession } from '../../../src/index.ts'
import { createSubjects, type Subjects } from './subjects.ts'

declare global {
  interface Window {
    subjects: Promise<Subjects>
  }
}

window.subjects = createSubjects(createSession)
