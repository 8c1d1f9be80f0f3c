import { describe, expect, test } from 'vitest'
import { newerThan } from '../../compat/newer-than.ts'

const findNewer = newerThan({ safari: 16 })

/** What is found of each, by the words before the line. */
function found(script: string): readonly string[] {
  return findNewer(script).map((finding) => finding.replace(/ \(line .*/s, ''))
}

describe('a name that Safari 16 lacks is found', () => {
  test.each([
    ['Promise.withResolvers()', 'Promise.withResolvers'],
    ['AbortSignal.any([])', 'AbortSignal.any'],
    ['URL.canParse(location.href)', 'URL.canParse'],
    ['Object.groupBy([], String)', 'Object.groupBy'],
    ['scheduler.postTask(() => {})', 'scheduler'],
    ['cookieStore.get("a")', 'cookieStore'],
    ['export const isOne = (x) => x instanceof CookieStore', 'CookieStore'],
    ['window.cookieStore.get("a")', 'cookieStore'],
    ['globalThis["cookieStore"].get("a")', 'cookieStore'],
    ['new CSSStyleSheet()', 'CSSStyleSheet.CSSStyleSheet'],
    ['document.adoptedStyleSheets = []', 'document.adoptedStyleSheets'],
    ['new Set().union(new Set())', '.union'],
    ['export const f = (list) => Array.fromAsync(list)', 'Array.fromAsync'],
    ['Iterator.prototype.map.call([].values(), String)', 'Iterator.map'],
    ['Symbol.dispose in {}', 'Symbol.dispose'],
  ])('%s', (script, feature) => {
    expect(found(script)).toContain(`${feature} is missing in safari 16`)
  })
})

describe('syntax that Safari 16 lacks is found', () => {
  test.each([
    ['/[a--b]/v', '/[a--b]/v;'],
    ['/(?<=a)b/', '/(?<=a)b/;'],
    ['new RegExp("(?<=a)b", "g")', '/(?<=a)b/g'],
    ['class A { static { A.b = 1 } }', 'class A {'],
    ['using a = null', 'using a = null;'],
  ])('%s', (script, line) => {
    expect(found(script)).toContain(`newer syntax: ${line}`)
  })
})

test.each([
  // There in part before 18.4: MDN has a statement for either.
  'document.createElement("canvas").getContext("2d").font = "1em serif"',
  'structuredClone({})',
  'navigator.locks.request("a", () => {})',
  '[1].at(-1)',
  '[2, 1].toSorted()',
  'AbortSignal.timeout(1)',
  'crypto.randomUUID()',
  'new BroadcastChannel("a").postMessage(1)',
  'Promise.any([])',
  'class A { #a = 1; static b = 2; has(a) { return #a in a } }',
  'export const a = await fetch("/")',
])('Safari 16 has %s', (script) => {
  expect(found(script)).toEqual([])
})

test('what one browser has, another of the same month may lack', () => {
  const inChrome = newerThan({ safari: 16, chrome: 106 })
  expect(inChrome('[2, 1].toSorted()')).toEqual([
    '.toSorted is missing in chrome 106 (line 1: [2, 1].toSorted())',
  ])
})

describe('a name that the script asks for first may be used', () => {
  test.each([
    'if (AbortSignal.any) AbortSignal.any([])',
    'export const a = AbortSignal.any ? AbortSignal.any([]) : undefined',
    'export const a = "any" in AbortSignal && AbortSignal.any([])',
    'AbortSignal.any?.([])',
    'if (typeof cookieStore !== "undefined") cookieStore.get("a")',
    'if (typeof cookieStore === "object" && self.isSecureContext) { cookieStore.get("a") }',
    'if (globalThis.scheduler !== undefined) scheduler.postTask(() => {})',
    'window.cookieStore?.get("a")',
  ])('%s', (script) => {
    expect(found(script)).toEqual([])
  })

  test.each([
    'if (!AbortSignal.any) AbortSignal.any([])',
    'if (AbortSignal.timeout) AbortSignal.any([])',
    'if (AbortSignal.any) {} else AbortSignal.any([])',
    'if (typeof AbortSignal.any === "undefined") AbortSignal.any([])',
    'if (AbortSignal.any || self.origin) AbortSignal.any([])',
  ])('but not by %s', (script) => {
    expect(found(script)).toEqual(['AbortSignal.any is missing in safari 16'])
  })
})

test('a member that the script defines itself is its own', () => {
  expect(found('const a = { union: () => 1 }; a.union()')).toEqual([])
  expect(found('class A { union() {} }; new A().union()')).toEqual([])
})

test('a name that the script declares itself is its own', () => {
  expect(found('const scheduler = { postTask() {} }; scheduler.postTask()')).toEqual([])
})

test('no comment switches it off', () => {
  expect(found('/* eslint-disable */ AbortSignal.any([])')).not.toEqual([])
})
