// What latchkey's page and its worker share.
import { jsonTransport } from '../../../../src/index.ts'

/** The channel on which a page says by how much its clock is ahead. */
export const AGES = 'ages'

/** For a server that knows no keys, with tokens in bodies: the protocol that all other libraries use. */
export const plainTransport = () =>
  jsonTransport('/auth', {
    idempotencyHeader: false,
    body: ({ refreshToken }) => ({ refresh_token: refreshToken, sid: undefined, seq: undefined }),
  })
