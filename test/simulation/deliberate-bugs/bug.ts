/** A piece of the source, and what a bug makes of it. */
export interface Patch {
  readonly file: string
  readonly search: string
  readonly replace: string
}

/** A mistake that somebody could make. */
export interface Bug {
  readonly name: string
  readonly patches: readonly Patch[]
}

/** A mistake made in one place. */
export function bug(name: string, file: string, search: string, replace: string): Bug {
  return { name, patches: [{ file, search, replace }] }
}

/** A file's source with a bug in it. Throws if the place where it belongs is not there, or not there once. */
export function withPatch(source: string, { file, search, replace }: Patch): string {
  if (source.split(search).length !== 2)
    throw new Error(`${file} does not hold this exactly once:\n${search}`)
  return source.replace(search, () => replace)
}
