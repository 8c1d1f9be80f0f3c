import { randomUUID } from 'node:crypto'
import { post, read, type Answer } from '../clients.ts'
import type { TestServer } from '../harness.ts'

/** A login as its access token knows it. */
export interface Bearer {
  readonly sid: string
  readonly accessToken: string
  readonly username: string
  readonly password: string
  readonly answer: Answer
}

/** Registers somebody new, or logs in somebody known, whatever tokens the answer brings. */
export async function signIn(
  server: TestServer,
  wishes: Readonly<Record<string, unknown>> = {},
  known?: Pick<Bearer, 'username' | 'password'>,
): Promise<Bearer> {
  const { username, password } = known ?? {
    username: `user-${randomUUID()}`,
    password: randomUUID(),
  }
  const path = known === undefined ? '/auth/register' : '/auth/login'
  const answer = await post(server, path, { username, password, ...wishes })
  const { sid = '', access_token: accessToken = '' } = answer.body
  if (accessToken === '') throw new Error(`No token came: ${JSON.stringify(answer.body)}`)
  return { sid, accessToken, username, password, answer }
}

/** Asks the API, or another endpoint that takes a bearer token. */
export async function call(server: TestServer, token: string, path = '/api/me'): Promise<Answer> {
  return read(await fetch(server.url + path, { headers: bearing(token) }))
}

/** Posts to the auth server with a bearer token. */
export function postAs(
  server: TestServer,
  token: string,
  path: string,
  body: object = {},
): Promise<Answer> {
  return post(server, path, body, bearing(token))
}

function bearing(token: string) {
  return { authorization: `Bearer ${token}` }
}
