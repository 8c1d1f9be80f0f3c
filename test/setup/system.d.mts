export function installSystemPackages(names: readonly string[]): Promise<string[]>
export function postgresBin(): string | undefined
