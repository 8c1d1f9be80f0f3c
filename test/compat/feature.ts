import type { SourceCode } from 'eslint'
import type { Node } from 'estree'

/**
 * A name of the platform as a script writes it: a global (`CookieStore`), a member of a global or of its prototype
 * (`AbortSignal.any`), or a member of an object of unknown class (`.toSorted`).
 */
export type Feature = string

const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self'])

/** The references of a script to globals: all that the script declares nowhere. */
export function globalsOf({ scopeManager }: SourceCode): ReadonlySet<object> {
  const { through = [], variables = [] } = scopeManager.globalScope ?? {}
  // ESLint has variables for those of the language.
  const ofTheLanguage = variables.filter(({ defs }) => defs.length === 0)
  const references = [...through, ...ofTheLanguage.flatMap((variable) => variable.references)]
  return new Set(references.map(({ identifier }) => identifier))
}

/** The feature that an expression names, if it does. */
export function featureOf(node: Node, globals: ReadonlySet<object>): Feature | undefined {
  if (node.type === 'Identifier') return globals.has(node) ? node.name : undefined
  const member = memberOf(node)
  if (member === undefined || node.type !== 'MemberExpression') return undefined
  const owner = memberOf(node.object) === 'prototype' ? objectOf(node.object) : node.object
  if (owner?.type !== 'Identifier' || !globals.has(owner)) return `.${member}`
  return GLOBAL_OBJECTS.has(owner.name) ? member : `${owner.name}.${member}`
}

function memberOf(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  const { property, computed } = node
  if (!computed) return property.type === 'Identifier' ? property.name : undefined
  return property.type === 'Literal' && typeof property.value === 'string'
    ? property.value
    : undefined
}

function objectOf(node: Node): Node | undefined {
  return node.type === 'MemberExpression' ? node.object : undefined
}
