// npm run docs, npm run docs:build: the documentation as a site. Installs what that needs into this folder alone, writes the
// API reference from the doc comments, and then serves the site or builds it. Plain Node 20, no packages.
import { join } from 'node:path'
import { ensureTools, fail, installLocked, root, run } from '../test/setup/tools.mjs'

const docs = join(root, 'docs')
const [command = 'dev', ...rest] = process.argv.slice(2)
if (!['dev', 'build', 'preview'].includes(command))
  fail(`No such command: ${command}. There are: dev, build, preview.`)

// The reference is made of the sources, which import types of the project's own packages.
const env = ensureTools()
installLocked(docs)
const bin = (name) => join(docs, 'node_modules', '.bin', name)

const isWritten =
  run([bin('typedoc'), '--options', join(docs, '.vitepress/typedoc.mjs')], env) === 0
if (!isWritten) fail('The API reference could not be written: see above.')
if (command === 'build' && run([process.execPath, join(docs, 'compile-before.mjs')], env) !== 0)
  fail('Code on a page of docs/migration does not compile: see above.')
process.exit(run([bin('vitepress'), command, docs, ...rest], env))
