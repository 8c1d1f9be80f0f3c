/** The error for an option that cannot be used: which one, what was wanted, and what kind of thing came. */
export function misuse(option: string, wanted: string, value: unknown): TypeError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new TypeError(
    `The "${option}" option must be ${wanted}; it is ${typeof value === 'number' ? value : type}`,
  )
}
