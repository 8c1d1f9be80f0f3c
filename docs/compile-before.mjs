// The code of other libraries that the pages of docs/migration show as "before", compiled against their own types. Run by
// `npm run docs:build`, because these packages are installed into this folder alone.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import ts from 'typescript'

const folder = join(import.meta.dirname.replaceAll('\\', '/'), 'migration')
/** What the pages leave to the application that is migrated. */
const OWN = `export const Dialog = (props: { seconds: number; onStay: () => void }) => null
export function logOut() {}
export function show(secondsLeft: number) {}
export function hide() {}
`
const files = new Map([[join(folder, 'app.ts'), OWN]])
for (const page of readdirSync(folder)) {
  const [, before] =
    /^_Before_[^\n]*\n\n```js\n([\s\S]*?)^```/m.exec(readFileSync(join(folder, page), 'utf8')) ?? []
  if (before !== undefined) files.set(join(folder, `${page.replace('.md', '')}.jsx`), before)
}
if (files.size < 9) throw new Error(`Only ${files.size - 1} pages have code from before`)

const options = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
  strict: false,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  jsx: ts.JsxEmit.ReactJSX,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
}
const host = ts.createCompilerHost(options)
const { fileExists, readFile } = host
host.fileExists = (name) => files.has(name) || fileExists(name)
host.readFile = (name) => files.get(name) ?? readFile(name)
const { getSourceFile } = host
host.getSourceFile = (name, language) =>
  files.has(name)
    ? ts.createSourceFile(name, files.get(name), language)
    : getSourceFile(name, language)

const problems = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host))
for (const { file, start, messageText } of problems) {
  const line = file ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}` : ''
  console.error(`${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}
if (problems.length > 0) process.exit(1)
console.log(
  `The code from before of ${files.size - 1} pages compiles against the libraries' own types.`,
)
