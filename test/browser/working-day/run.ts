// npm run test:working-day [-- --minutes 10 --seed 7]: a longer working day than that of npm test.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const { status } = spawnSync(
  'vitest',
  [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    `browser-${process.env['ENGINE'] ?? 'chromium'}`,
    'working-day',
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, MINUTES: values.minutes, SEED: values.seed },
  },
)
process.exit(status ?? 1)
