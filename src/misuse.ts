/** The error for an option that cannot be used: it names the option, what is wanted, and the type of what was given. */
export function misuse(option: string, wanted: string, value: unknown): TypeError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new TypeError(
    `The "${option}" option must be ${wanted}; it is ${typeof value === 'number' ? value : type}`,
  )
}
