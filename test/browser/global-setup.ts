import { provideTemplate } from '../support/template-folder.ts'

/** Makes once what every test file needs. */
export default provideTemplate
