// The built command in a CI job, on the machine's own Node.js: its output, and its exit code.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const servers = spawn(
  process.execPath,
  ['test/setup/with-tools.mjs', 'node', 'test/package/serve.ts'],
  { stdio: ['pipe', 'pipe', 'inherit'] },
)
const urls = await readUrls(servers.stdout)
const folder = mkdtempSync(join(tmpdir(), 'latchkey-command-'))
try {
  const password = randomUUID()
  const file = join(folder, 'password')
  writeFileSync(file, `${password}\n`)
  const registered = await fetch(`${urls.demo}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
    body: JSON.stringify({ username: 'ci', password }),
  })
  assert.equal(registered.status, 201)

  const demo = [`${urls.demo}/auth`, '--user', 'ci']
  const inCookies = await command([...demo, '--password-env', 'CHECK_PASSWORD'], password)
  assert.match(inCookies.stdout, /The server keeps the contract/)
  assert.equal(inCookies.code, 0)

  const inBodies = await command([
    ...demo,
    '--password-file',
    file,
    '--field',
    'delivery=body',
    '--json',
  ])
  assert.equal(JSON.parse(inBodies.stdout).delivery, 'body')
  assert.equal(inBodies.code, 0)

  const article = [`${urls.article}/auth`, '--user', 'alice', '--password-env', 'CHECK_PASSWORD']
  const broken = await command(article, 'correct horse battery staple')
  assert.match(broken.stdout, /BROKEN {2}one-rotation/)
  assert.equal(broken.code, 1)

  const refused = await command([...article, '--header', 'x-csrf: 1'], password)
  assert.match(refused.stderr, /The login was answered 401 invalid_credentials/)
  assert.equal(refused.code, 2)

  for (const wrong of [[], demo, [...demo, '--password', password], article]) {
    const { stderr, code } = await command(wrong)
    assert.match(stderr, /Usage: latchkey check-server/)
    assert.equal(code, 2)
  }
  for (const { stdout, stderr } of [inCookies, inBodies, broken, refused])
    assert.ok(!(stdout + stderr).includes(password), 'the password is not printed')
} finally {
  rmSync(folder, { recursive: true })
  servers.stdin.end()
}
console.log(`latchkey check-server ran on Node.js ${process.versions.node}.`)

async function readUrls(stdout) {
  // The tools may print something first.
  for await (const line of createInterface({ input: stdout }))
    if (line.startsWith('{')) return JSON.parse(line)
  throw new Error('The servers did not start.')
}

async function command(args, password) {
  const env = { ...process.env, CHECK_PASSWORD: password }
  if (password === undefined) delete env.CHECK_PASSWORD
  const child = spawn(process.execPath, ['bin/latchkey.mjs', 'check-server', ...args], { env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const [code] = await once(child, 'close')
  return { stdout, stderr, code }
}
