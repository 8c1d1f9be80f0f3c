import { create, createFileRegistry, type DescMethodUnary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import { createTRPCUntypedClient, httpBatchLink, httpLink, type TRPCLink } from '@trpc/client'
import type { AnyTRPCRouter } from '@trpc/server'
import { Client, fetchExchange } from '@urql/core'
import ky from 'ky'
import { createFetch } from 'ofetch'
import { describe, expect, test } from 'vitest'
import { isSessionError, SessionError, sessionErrorOf } from '../../src/index.ts'

const ended = new SessionError('session_ended', 'The session is over', { reason: 'idle' })
const url = 'https://api.test'

/** The error that a library passes to its caller when the `authFetch` that it was given rejects. */
async function failureOf(call: (authFetch: typeof fetch) => Promise<unknown>): Promise<unknown> {
  let calls = 0
  const outcome = await call(() => {
    calls++
    return Promise.reject(ended)
  }).catch((error: unknown) => error)
  expect(calls).toBeGreaterThan(0)
  return outcome
}

test.each<[library: string, call: (authFetch: typeof fetch) => Promise<unknown>]>([
  ['ky', (fetch) => ky(url, { fetch, retry: 0 })],
  ['ofetch', (fetch) => createFetch({ fetch })(url, { retry: 0 })],
  [
    'urql',
    async (fetch) => {
      const client = new Client({ url, fetch, exchanges: [fetchExchange], preferGetMethod: false })
      return (await client.query('{ notes }', {}).toPromise()).error
    },
  ],
  ['tRPC', (fetch) => queryNotes(httpLink({ url, fetch: (input) => fetch(input) }))],
  [
    'tRPC, in a batch',
    (fetch) => queryNotes(httpBatchLink({ url, fetch: (input) => fetch(input) })),
  ],
  ['connect', (fetch) => callNotes(createConnectTransport({ baseUrl: url, fetch }))],
  ['connect, as gRPC-Web', (fetch) => callNotes(createGrpcWebTransport({ baseUrl: url, fetch }))],
])('finds the error of authFetch behind that of %s', async (_, call) => {
  expect(sessionErrorOf(await failureOf(call))).toBe(ended)
})

test.each([
  ['itself', ended],
  ['one of another copy of the package', { name: 'SessionError', code: 'session_ended' }],
])('finds a SessionError: %s', (_, error) => {
  expect(sessionErrorOf(error)).toBe(error)
})

// As Apollo Client 3, GraphQL servers, tus-js-client and AggregateError build them.
test.each([
  ['a chain of causes', new Error('', { cause: new Error('', { cause: ended }) })],
  ['the networkError of an ApolloError', Object.assign(new Error(), { networkError: ended })],
  ['the originalError of a GraphQLError', Object.assign(new Error(), { originalError: ended })],
  ['the causingError of tus', Object.assign(new Error(), { causingError: ended })],
  ['an AggregateError', new AggregateError([new Error(), new Error('', { cause: ended })])],
])('finds it in %s', (_, error) => {
  expect(isSessionError(error)).toBe(false)
  expect(sessionErrorOf(error)).toBe(ended)
})

test('the nearest one is found first', () => {
  const outer = new SessionError('refresh_unavailable', 'Later', { cause: ended })
  expect(sessionErrorOf(new Error('', { cause: outer }))).toBe(outer)
})

describe('there is none', () => {
  test.each([
    [null],
    [undefined],
    ['SessionError'],
    [42],
    [new TypeError('Failed to fetch')],
    [new Error('', { cause: 'session_ended' })],
    [{ errors: 'SessionError', cause: null }],
  ])('in %o', (error) => {
    expect(sessionErrorOf(error)).toBeNull()
  })

  test('in errors that are made of each other', () => {
    const one = new Error()
    const other = new AggregateError([one], '', { cause: one })
    one.cause = other
    expect(sessionErrorOf(one)).toBeNull()
  })

  test('in a chain without an end', () => {
    class Endless extends Error {
      override get cause(): unknown {
        return new Endless()
      }
    }
    expect(sessionErrorOf(new Endless())).toBeNull()
  })
})

describe('an error that throws when it is looked at', () => {
  const hostile = new Proxy(new Error(), {
    get() {
      throw new Error('No')
    },
  })
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()

  test.each([
    ['a proxy', hostile],
    ['a revoked proxy', revoked.proxy],
  ])('is taken for another: %s', (_, error) => {
    expect(sessionErrorOf(error)).toBeNull()
    expect(sessionErrorOf(new AggregateError([error, ended]))).toBe(ended)
  })

  test('hides nothing but what it throws for', () => {
    const error = Object.defineProperty(new Error(), 'networkError', {
      get() {
        throw new Error('No')
      },
    })
    error.cause = ended
    expect(sessionErrorOf(error)).toBe(ended)
  })
})

function queryNotes(link: TRPCLink<AnyTRPCRouter>): Promise<unknown> {
  return createTRPCUntypedClient({ links: [link] }).query('notes')
}

function callNotes(transport: ReturnType<typeof createConnectTransport>): Promise<unknown> {
  return transport.unary(notes, undefined, undefined, undefined, {})
}

const file = create(FileDescriptorProtoSchema, {
  name: 'notes.proto',
  syntax: 'proto3',
  dependency: [file_google_protobuf_empty.proto.name],
  service: [
    {
      name: 'Notes',
      method: [
        { name: 'List', inputType: '.google.protobuf.Empty', outputType: '.google.protobuf.Empty' },
      ],
    },
  ],
})
const notes = createFileRegistry(file, () => file_google_protobuf_empty).getService('Notes')
  ?.method['list'] as DescMethodUnary
