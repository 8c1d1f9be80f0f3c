export function ensureSystemPackages(names: readonly string[]): string[]
export function postgresBin(): string | undefined
