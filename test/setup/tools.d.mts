export function installLocked(folder: string): void
