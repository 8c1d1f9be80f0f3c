import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Job {
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps: readonly Step[]
}

interface Step {
  readonly run?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '../../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: Readonly<Record<string, Job>> }
const { scripts } = JSON.parse(read('package.json')) as {
  scripts: Readonly<Record<string, string>>
}

const steps = Object.values(jobs).flatMap(({ strategy, steps }) =>
  steps.map((step) => ({ ...step, matrix: strategy?.matrix ?? {} })),
)

/** A command or a value with each value of the matrix that it names. */
function expand(text: string, matrix: NonNullable<Job['strategy']>['matrix']): readonly string[] {
  const [reference, key = ''] = /\$\{\{ matrix\.(\w+) \}\}/.exec(text) ?? []
  if (reference === undefined) return [text]
  return (matrix[key] ?? []).map((value) => text.replace(reference, String(value)))
}

const commands = steps.flatMap(({ run, env, matrix }) =>
  expand(run ?? '', matrix).map((command) => ({
    command,
    engines: expand(env?.['ENGINE'] ?? '', matrix),
  })),
)

test('the workflow runs nothing but scripts of package.json', () => {
  const runs = commands.map(({ command }) => command).filter((command) => command !== '')
  expect(runs.length).toBeGreaterThan(7)
  for (const command of runs)
    expect(scripts, command).toHaveProperty([command.replace('npm run ', '')])
})

test('it runs every part of npm test', () => {
  const { stderr } = spawnSync(process.execPath, ['test/run.mjs', 'unknown'], {
    cwd: root,
    encoding: 'utf8',
  })
  const parts = /There are: (.*)\./.exec(stderr)?.[1]?.split(', ') ?? []
  const run = commands.flatMap(({ command, engines }) => {
    const part = scripts[command.replace('npm run ', '')]?.replace('node test/run.mjs ', '') ?? ''
    return [part, ...engines.map((engine) => `${part}-${engine}`)]
  })
  // It stands for parts that are named as well.
  const all = parts.indexOf('all')
  expect(all).toBeGreaterThan(-1)
  parts.splice(all, 1)
  expect(parts).toEqual(expect.arrayContaining(['unit', 'recipes']))
  expect(run).toEqual(expect.arrayContaining(parts))
})

test('it runs in every engine', () => {
  expect(commands.flatMap(({ engines }) => engines)).toEqual(
    expect.arrayContaining(['chromium', 'firefox', 'webkit']),
  )
})

test('actions of others are pinned to a commit', () => {
  for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/)
})
