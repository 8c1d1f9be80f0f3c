import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}

/** The packages that the demo's programs and pages import, through the sources of the SDK as well. */
async function importedPackages(): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: join(root, 'demo'),
    entryPoints: [
      'main.ts',
      // A thread that the server starts.
      'extensions/protection/hash-worker.ts',
      'cluster/main.ts',
      'resource-server/main.ts',
      'web/main.ts',
      'web/react-page.ts',
      'web/admin.ts',
    ],
    outdir: '.',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    define: { SERVER_MODE: '"rotating"' },
  })
  const names = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path)
    .filter((name) => !name.startsWith('node:'))
  return [...new Set(names)].sort()
}

test('demo/package.json names the packages that the demo imports, and no others', async () => {
  const { dependencies } = readJson('demo/package.json') as { dependencies: object }
  expect(Object.keys(dependencies)).toEqual(await importedPackages())
})

test('the demo and its tests share one copy of each package', () => {
  const { packages } = readJson('package-lock.json') as { packages: object }
  expect(Object.keys(packages).filter((path) => path.startsWith('demo/node_modules/'))).toEqual([])
})
