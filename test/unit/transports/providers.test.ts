import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import * as latchkey from '../../../src/index.ts'
import { transportContract } from '../../../src/testing/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8')

/** Runs the example of the page that exports this transport. */
function transportOf(name: string): latchkey.Transport {
  const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  const example = examples.find((code) => code.includes(`export const ${name}:`))
  if (example === undefined) throw new Error(`No example exports ${name}.`)
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  })
  const exported: Partial<Record<string, latchkey.Transport>> = {}
  const run = compileFunction(outputText, ['exports', 'require']) as (
    exports: typeof exported,
    require: () => typeof latchkey,
  ) => void
  run(exported, () => latchkey)
  const { [name]: transport } = exported
  if (!transport) throw new Error(`${name} is not exported.`)
  return transport
}

const TOKENS = { access: 'an-access-token', refresh: 'a-refresh-token', next: 'the-next-one' }
/** Answers from the documentation of the providers. No real server is asked. */
const servers = {
  supabaseTransport: {
    signIn: () => ({
      access_token: TOKENS.access,
      refresh_token: TOKENS.refresh,
      expires_in: 3600,
      user: {},
    }),
    fetch: () =>
      Promise.resolve(
        Response.json({
          access_token: TOKENS.access,
          refresh_token: TOKENS.next,
          expires_in: 3600,
        }),
      ),
    refusal: () =>
      Response.json({ code: 400, error_code: 'refresh_token_not_found', msg: '' }, { status: 400 }),
  },
  firebaseTransport: {
    signIn: () => ({
      idToken: TOKENS.access,
      refreshToken: TOKENS.refresh,
      expiresIn: '3600',
      localId: 'u',
    }),
    fetch: () =>
      Promise.resolve(
        Response.json({
          id_token: TOKENS.access,
          refresh_token: TOKENS.refresh,
          expires_in: '3600',
          user_id: 'u',
        }),
      ),
    refusal: () =>
      Response.json({ error: { code: 400, message: 'TOKEN_EXPIRED' } }, { status: 400 }),
  },
}

describe.each(Object.entries(servers))('%s of docs/providers.md', (name, server) => {
  test.each(transportContract({ transport: transportOf(name), server }))(
    '$name',
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined()
    },
  )
})
