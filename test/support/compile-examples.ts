import { dirname, join } from 'node:path/posix'
import ts from 'typescript'

// As TypeScript writes paths, on Windows too.
const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
  jsx: ts.JsxEmit.ReactJSX,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  paths: Object.fromEntries(
    [
      ['latchkey', 'index.ts'],
      ...[
        ...['angular', 'devtools', 'dpop', 'worker', 'element', 'react', 'vue', 'svelte'],
        ...['testing', 'testing/msw'],
        ...['server', 'server/node', 'server/verifier'],
      ].map((entry) => [`latchkey/${entry}`, `${entry}/index.ts`]),
    ].map(([name = '', file = '']) => [name, [join(root, 'src', file)]]),
  ),
}

/**
 * What TypeScript has to say against the examples of a document: the code of each by its path, in a folder that need not
 * be there. `types` are packages whose globals the examples use.
 */
export function problemsOf(
  files: ReadonlyMap<string, string>,
  types: readonly string[] = [],
): readonly string[] {
  const options = { ...OPTIONS, types: [...types] }
  const folders = new Set([...files.keys()].map((file) => dirname(file)))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile, directoryExists } = host
  host.directoryExists = (name) => folders.has(name) || (directoryExists?.(name) ?? true)
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name) ?? readFile(name)
  host.getSourceFile = (name, language) => {
    const code = files.get(name)
    return code === undefined
      ? getSourceFile(name, language)
      : ts.createSourceFile(name, code, language)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map((problem) => {
    const text = ts.flattenDiagnosticMessageText(problem.messageText, '\n')
    return `${problem.file?.fileName ?? ''}: ${text}`
  })
}
