// The bench in a browser: the real createSession, with everything around it that a page has.
import { createSession } from '../../../src/index.ts'
import { createSubjects, type Subjects } from './subjects.ts'

declare global {
  interface Window {
    subjects: Promise<Subjects>
  }
}

window.subjects = createSubjects(createSession)
