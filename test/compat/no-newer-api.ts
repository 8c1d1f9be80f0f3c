import type { Rule } from 'eslint'
import type { Identifier, Node } from 'estree'
import { featureOf, globalsOf, type Feature } from './feature.ts'
import { isGuarded } from './is-guarded.ts'
import { createSupport, type Browsers } from './browser-support.ts'

/**
 * A rule against what some of these browsers lack, unless the script asks for it first.
 *
 * A member of an object of unknown class counts if it is lacking wherever the platform has one of that name, and the script
 * defines none of that name itself. Options, names of events and markup are not checked: browsers ignore those that they
 * do not know.
 */
export function noNewerApi(browsers: Browsers): Rule.RuleModule {
  const support = createSupport(browsers)
  return {
    create({ report, sourceCode }) {
      const globals = globalsOf(sourceCode)
      const nameOf = (node: Node) => featureOf(node, globals)
      const own = new Set<Feature>()
      const uses: { readonly node: Rule.Node; readonly feature: Feature }[] = []
      function collect(node: Rule.Node, feature = nameOf(node)) {
        if (feature !== undefined) uses.push({ node, feature })
      }
      return {
        'ObjectExpression > Property[computed=false] > .key, ClassBody > [computed=false] > .key'(
          node: Node,
        ) {
          if (node.type === 'Identifier') own.add(`.${node.name}`)
        },
        Identifier: (node) => collect(node),
        MemberExpression: (node) => collect(node),
        // In the data the constructor is a member with the name of the class.
        'NewExpression > Identifier.callee': (node: Rule.Node & Identifier) =>
          collect(node, nameOf(node) && `${node.name}.${node.name}`),
        // Checked at the end, when all names are known that the script defines itself.
        'Program:exit'() {
          for (const { node, feature } of uses) {
            const lacking = own.has(feature) ? [] : support.lacking(feature)
            if (
              lacking.length > 0 &&
              !isGuarded([...sourceCode.getAncestors(node), node], feature, nameOf)
            )
              report({ node, message: `${feature} is missing in ${lacking.join(', ')}` })
          }
        },
      }
    },
  }
}
