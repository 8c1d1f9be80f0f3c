import type { Node } from 'estree'
import type { Feature } from './feature.ts'

/** Names the feature that an expression uses, if it does. */
export type NameOf = (node: Node) => Feature | undefined

/**
 * Whether a script asks for a feature before it uses it. Either the use is itself the question, as in `typeof F`, `if (F)`,
 * `F?.()` and `F ?? other`; or it stands in the branch of one: where `F`, `'f' in F`, `typeof F !== 'undefined'` or the like
 * is true. A return where the feature is missing does not count.
 *
 * @param path The use after all that encloses it, outermost first.
 */
export function isGuarded(path: readonly Node[], feature: Feature, nameOf: NameOf): boolean {
  const steps = path.slice(1).flatMap((node, index) => {
    const parent = path[index]
    return parent ? [{ node, parent }] : []
  })
  const last = steps.at(-1)
  return (
    (last !== undefined && isQuestion(last.node, last.parent)) ||
    steps.some(({ node, parent }) => {
      const question = questionOfBranch(node, parent)
      return question !== undefined && affirms(question, feature, nameOf)
    })
  )
}

function isQuestion(node: Node, parent: Node): boolean {
  if (parent.type === 'UnaryExpression') return ['typeof', '!'].includes(parent.operator)
  if (parent.type === 'IfStatement' || parent.type === 'ConditionalExpression')
    return parent.test === node
  if (parent.type === 'LogicalExpression') return parent.left === node
  if (parent.type === 'MemberExpression') return parent.optional && parent.object === node
  if (parent.type === 'CallExpression') return parent.optional && parent.callee === node
  return parent.type === 'BinaryExpression' && isComparedToNothing(parent.operator, parent.right)
}

/** What has been found to be true where this node is evaluated. */
function questionOfBranch(node: Node, parent: Node): Node | undefined {
  if (parent.type === 'IfStatement' || parent.type === 'ConditionalExpression')
    return parent.consequent === node ? parent.test : undefined
  if (parent.type === 'LogicalExpression' && parent.operator === '&&')
    return parent.right === node ? parent.left : undefined
  return undefined
}

/** Whether a condition that is true means that the feature is there. */
function affirms(test: Node, feature: Feature, nameOf: NameOf): boolean {
  if (nameOf(test) === feature) return true
  if (test.type === 'LogicalExpression' && test.operator === '&&')
    return affirms(test.left, feature, nameOf) || affirms(test.right, feature, nameOf)
  if (test.type !== 'BinaryExpression') return false
  const { left, operator, right } = test
  if (operator === 'in') return left.type === 'Literal' && left.value === feature.split('.').at(-1)
  const isNegated = operator.startsWith('!')
  if (left.type === 'UnaryExpression' && left.operator === 'typeof' && right.type === 'Literal')
    return nameOf(left.argument) === feature && isNegated === (right.value === 'undefined')
  return isNegated && nameOf(left) === feature && isComparedToNothing(operator, right)
}

function isComparedToNothing(operator: string, right: Node): boolean {
  return (
    /^[!=]==?$/.test(operator) &&
    ((right.type === 'Identifier' && right.name === 'undefined') ||
      (right.type === 'Literal' && right.value === null) ||
      // esbuild writes `undefined` as `void 0`.
      (right.type === 'UnaryExpression' && right.operator === 'void'))
  )
}
