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
