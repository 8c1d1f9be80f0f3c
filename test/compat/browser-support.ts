import { createRequire } from 'node:module'
import type {
  BrowserName,
  CompatData,
  CompatStatement,
  Identifier,
  SimpleSupportStatement,
} from '@mdn/browser-compat-data/types'
import type { Feature } from './feature.ts'

/** Browsers by their names in MDN's data, with the oldest version of each that has to work. */
export type Browsers = Readonly<Partial<Record<BrowserName, number>>>

/** What certain browsers support. */
export interface Support {
  /**
   * The browsers that lack a feature. A feature that the data does not have is not one of the platform, or is older than the
   * data, so no browser lacks it. If a browser lacks a whole class, the members of that class are not counted.
   */
  lacking(feature: Feature): readonly string[]
}

/** Reads MDN's compatibility data for these browsers. */
export function createSupport(browsers: Browsers): Support {
  // Required, because twenty megabytes of JSON are more than vitest can import in a reasonable time.
  const data = createRequire(import.meta.url)('@mdn/browser-compat-data') as CompatData
  const { builtins } = data.javascript
  const globals = new Map(
    [data.api, builtins, builtins?.['Intl'], data.webassembly['api']].flatMap(featuresIn),
  )
  const members = Map.groupBy([...globals.values()].flatMap(featuresIn), ([key]) =>
    key.replace(/_static$/, ''),
  )
  const memberOf = (owner: string, member: string) => {
    const features = globals.get(owner)
    return features?.[`${member}_static`] ?? features?.[member]
  }
  /** What a member can be: that of its owner, or of any class if the owner is not known. */
  function meanings(owner: string, member: string): readonly Identifier[] {
    // `navigator` is a Navigator, `crypto` a Crypto.
    const ownersClass = owner.replace(/^./, (letter) => letter.toUpperCase())
    const known = memberOf(owner, member) ?? memberOf(ownersClass, member)
    return known ? [known] : (members.get(member) ?? []).map(([, feature]) => feature)
  }

  return {
    lacking(feature) {
      const [owner = '', member] = feature.split('.')
      const global = globals.get(owner) ?? memberOf('Window', owner)
      const ofOwner = global ? [global] : []
      const lacks = ([browser, version]: [string, number]) => {
        if (isLacking(ofOwner, browser, version)) return member === undefined
        return member !== undefined && isLacking(meanings(owner, member), browser, version)
      }
      return Object.entries(browsers)
        .filter(lacks)
        .map((browser) => browser.join(' '))
    },
  }
}

function isLacking(features: readonly Identifier[], browser: string, version: number): boolean {
  const statements = features.flatMap((feature) => feature.__compat ?? [])
  return statements.length > 0 && statements.every((one) => !isIn(one, browser, version))
}

/** The features in another: not its statement of support, nor what refines it, as `worker_support` does. */
function featuresIn(feature: Identifier | undefined): [string, Identifier][] {
  return Object.entries(feature ?? {}).filter(
    (entry): entry is [string, Identifier] =>
      !entry[0].includes('_') || entry[0].endsWith('_static'),
  )
}

function isIn({ support }: CompatStatement, browser: string, version: number): boolean {
  const statement = support[browser as BrowserName]
  // Some browsers have no statement of their own.
  if (statement === undefined) return true
  const all = [statement].flat()
  // What was there in part is described anew from the version on that completes it.
  const isDescribedFrom = (version: unknown): boolean =>
    version !== undefined && all.some(({ version_added: added }) => added === version)
  return all.some((one) => isThere(one, version, isDescribedFrom(one.version_removed)))
}

function isThere(
  statement: SimpleSupportStatement,
  version: number,
  isContinued: boolean,
): boolean {
  const { version_added: added, version_removed: removed, flags } = statement
  const { prefix, alternative_name: otherName } = statement
  const isGone = removed !== undefined && !isContinued
  if (added === false || isGone || [flags, prefix, otherName].some((x) => x !== undefined))
    return false
  // A preview has no number, so it never counts as supported.
  return Number(added.replace('≤', '')) <= version
}
