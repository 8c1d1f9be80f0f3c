import { Linter } from 'eslint'
import { noNewerApi } from './no-newer-api.ts'
import { noNewerSyntax } from './no-newer-syntax.ts'
import type { Browsers } from './browser-support.ts'

/** Returns a function that lists what a script uses without a guard although one of these browsers lacks it. */
export function newerThan(browsers: Browsers): (script: string) => readonly string[] {
  const linter = new Linter()
  const rules = { api: noNewerApi(browsers), syntax: noNewerSyntax(browsers) }
  return (script) => {
    const lines = script.split('\n')
    const found = linter.verify(script, {
      plugins: { newer: { rules } },
      rules: { 'newer/api': 'error', 'newer/syntax': 'error' },
      // No comment in a package may switch this off.
      linterOptions: { noInlineConfig: true },
    })
    return found.map(
      ({ message, line }) => `${message} (line ${line}: ${lines[line - 1]?.trim() ?? ''})`,
    )
  }
}
