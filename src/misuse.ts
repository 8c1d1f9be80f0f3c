/** The error for an option of the wrong type or value. Names the option, what it must be, and the type that was passed. */
export function misuse(option: string, wanted: string, value: unknown): TypeError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new TypeError(
    `The "${option}" option must be ${wanted}; it is ${typeof value === 'number' ? value : type}`,
  )
}

/** The options of an object's own: `Object.prototype` must not say where tokens go. */
export function ownOptions<T extends object>(options: T | null | undefined): Partial<T> {
  return Object.assign(Object.create(null) as object, options)
}
