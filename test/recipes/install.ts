import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installLocked } from '../setup/tools.mjs'

/** The folders of recipes. */
export function folders(): readonly string[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(import.meta.dirname, name))
}

/** Installs the clients, each folder's for itself alone. */
export default function installClients(): void {
  for (const folder of folders())
    if (existsSync(join(folder, 'package-lock.json'))) installLocked(folder)
}
