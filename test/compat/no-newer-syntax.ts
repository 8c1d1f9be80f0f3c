import { transformSync } from 'esbuild'
import type { Rule } from 'eslint'
import type { Browsers } from './browser-support.ts'

/** A rule against syntax, that of regular expressions included, which esbuild rewrites for one of these browsers. */
export function noNewerSyntax(browsers: Browsers): Rule.RuleModule {
  const target = Object.entries(browsers).map(
    ([browser, version]) => `${browser === 'safari_ios' ? 'ios' : browser}${version}`,
  )
  /** The first line that is rewritten. */
  function firstRewritten(code: string): string | undefined {
    const before = transformSync(code, { target: 'esnext' }).code.split('\n')
    const after = transformSync(code, { target }).code.split('\n')
    return before.find((line, index) => line !== after[index])
  }
  return {
    create: ({ report, sourceCode }) => ({
      Program(node) {
        const line = firstRewritten(sourceCode.text)
        if (line !== undefined) report({ node, message: `newer syntax: ${line.trim()}` })
      },
      // esbuild rewrites a newer regular expression to this, for a polyfill. Published code must not contain one.
      'NewExpression[callee.name="RegExp"]'(node: Rule.Node) {
        if (node.type !== 'NewExpression') return
        const [pattern, flags] = node.arguments.map((part) => part.type === 'Literal' && part.value)
        if (typeof pattern !== 'string') return
        const literal = `/${pattern}/${typeof flags === 'string' ? flags : ''}`
        if (firstRewritten(literal) !== undefined)
          report({ node, message: `newer syntax: ${literal}` })
      },
    }),
  }
}
