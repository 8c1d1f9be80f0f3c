// npm run simulate:bugs [-- --runs N] [--seed N] [--only TEXT]: puts one bug after the other into a copy of the source, and shows how many stories
// the simulation needs to catch it. Fails if one gets away, if its place in the source is no longer there, or if the story that catches it breaks a
// promise without the bug as well.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { simulate } from '../simulate.ts'
import type { About } from '../story.ts'
import { withPatch, type Bug } from './bug.ts'
import { BUGS } from './bugs.ts'
import { IDLE_BUGS } from './idle-bugs.ts'
import { PARKED_BUGS } from './parked-bugs.ts'
import { SHARED_BUGS } from './shared-bugs.ts'
import { WORKER_BUGS } from './worker-bugs.ts'

const root = join(import.meta.dirname, '../../..')
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
})

const SPECIAL = {
  idle: IDLE_BUGS,
  shared: SHARED_BUGS,
  parked: PARKED_BUGS,
  worker: WORKER_BUGS,
} as const

/** What the stories are about that can show the bug. */
function aboutOf(bug: Bug): About {
  const [about] = Object.entries(SPECIAL).find(([, bugs]) => bugs.includes(bug)) ?? ['anything']
  return about as About
}

/** What the simulation makes of a copy of the project with the bug in it. */
function hunt(bug: Bug): { readonly runs: number; readonly said: string } | null {
  const copy = mkdtempSync(join(tmpdir(), 'latchkey-bug-'))
  try {
    for (const part of ['src', 'test/simulation', 'test/support', 'package.json'])
      cpSync(join(root, part), join(copy, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir')
    for (const patch of bug.patches) {
      const path = join(copy, 'src', patch.file)
      writeFileSync(path, withPatch(readFileSync(path, 'utf8'), patch))
    }
    const args = [
      'test/simulation/main.ts',
      '--hasty',
      '--runs',
      values.runs,
      '--seed',
      values.seed,
    ]
    const about = aboutOf(bug)
    if (about !== 'anything') args.push(`--${about}`)
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })
    if (status === 0) return null
    const [, runs] = /Found in story (\d+)/.exec(stderr) ?? []
    if (runs === undefined) throw new Error(`"${bug.name}": the simulation did not run\n${stderr}`)
    return { runs: Number(runs), said: stderr.split('\n', 1)[0] ?? '' }
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** Whether the story that has caught the bug breaks a promise without it as well. It proves nothing then. */
async function breaksAnyway(bug: Bug, story: number): Promise<boolean> {
  const { violation } = await simulate({
    runs: 1,
    seed: Number(values.seed),
    path: String(story - 1),
    about: aboutOf(bug),
    isHasty: true,
  })
  return violation !== null
}

const wanted = BUGS.filter(({ name }) => name.includes(values.only))
// All of them first: nobody waits for minutes to hear that the last one has lost its place.
for (const patch of wanted.flatMap(({ patches }) => patches))
  withPatch(readFileSync(join(root, 'src', patch.file), 'utf8'), patch)

let escaped = 0
process.stdout.write('| bug | stories until caught | what it broke |\n| --- | ---: | --- |\n')
for (const bug of wanted) {
  const caught = hunt(bug)
  const isProof = caught !== null && !(await breaksAnyway(bug, caught.runs))
  if (!isProof) escaped++
  const said = isProof ? caught.said : 'the source without the bug breaks a promise in this story'
  const end = caught ? `${caught.runs} | ${said}` : `not in ${values.runs} |`
  process.stdout.write(`| ${bug.name} | ${end} |\n`)
}
process.stdout.write(`\n${wanted.length - escaped} of ${wanted.length} caught.\n`)
process.exitCode = escaped > 0 ? 1 : 0
