import type { ChildProcess, SpawnOptions } from 'node:child_process'

export const EXAMPLES: readonly string[]
export function pack(env: NodeJS.ProcessEnv): void
export function install(name: string): void
export function build(name: string, env: NodeJS.ProcessEnv): void
export function start(
  name: string,
  env: NodeJS.ProcessEnv,
  options: {
    readonly port: number
    readonly backendPort: number
    readonly backend?: SpawnOptions & { readonly execArgv?: readonly string[] }
    readonly onStarted: (started: readonly ChildProcess[]) => void
  },
): Promise<string>
export function end(child: ChildProcess, signal?: NodeJS.Signals): void
