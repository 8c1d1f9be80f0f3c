import { expect, test } from 'vitest'
import { canonicalName } from '../../demo/server/accounts/canonical-name.ts'

test.each([
  ['Alice', 'alice'],
  ['STRASSE', 'strasse'],
  ['straße', 'strasse'],
  ['STRA\u1E9EE', 'strasse'],
  ['İzmir', 'i\u0307zmir'],
  ['\u212Aelvin', 'kelvin'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['\uFF21\uFF11', 'a1'],
  ['e\u0301', '\u00E9'],
])('the canonical form of %s is %s, and its own canonical form', (username, canonical) => {
  expect(canonicalName(username)).toBe(canonical)
  expect(canonicalName(canonical)).toBe(canonical)
})
