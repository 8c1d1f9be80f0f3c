import { delay, HttpResponse } from 'msw'
import { SECRET } from './backend.ts'

type Outcome = 'refreshed' | 'unavailable' | 'superseded' | 'rejected'
type Row = readonly [
  name: string,
  answer: () => Response,
  outcome: Outcome,
  details?: Readonly<Record<string, unknown>>,
]

/** A token response. */
export const GRANT = {
  access_token: `${SECRET}-access-2`,
  refresh_token: `${SECRET}-refresh-2`,
  expires_in: 600,
  refresh_expires_in: 86_400,
  session_expires_in: 172_800,
  sid: 'sid-1',
  seq: 4,
}

const html = (status: number): Response =>
  HttpResponse.html('<!doctype html><title>Log in to the Wi-Fi</title>', { status })
const error = (status: number, code: string, more = {}): Response =>
  HttpResponse.json({ error: code, ...more }, { status })

/** An answer whose connection breaks in the middle of its body. */
function truncated(status: number): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"access_token":"secret-'))
      // The headers must have been sent by then.
      await delay(5)
      controller.error(new TypeError('terminated'))
    },
  })
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}

const unavailable = (status: number): Row => [
  `${String(status)} with JSON`,
  () => error(status, 'invalid_grant'),
  'unavailable',
  { status },
]
const waiting = (
  status: number,
  headers: Readonly<Record<string, string>>,
  retryAfterMs: number | undefined,
): Row => [
  `${String(status)} with ${JSON.stringify(headers)}`,
  () => new HttpResponse(null, { status, headers }),
  'unavailable',
  { status, retryAfterMs },
]

const FINAL = [
  ['invalid_grant', 'refresh-rejected'],
  ['session_revoked', 'revoked'],
  ['reuse_detected', 'reuse-detected'],
  ['session_expired', 'session-limit'],
  ['session_idle', 'idle'],
] as const
const NOT_FINAL = ['invalid_request', 'invalid_client', 'server_error', 'csrf', 'toString', '']

const rows: readonly Row[] = [
  ['200 with a token response', () => HttpResponse.json(GRANT), 'refreshed'],
  ['201 with a token response', () => HttpResponse.json(GRANT, { status: 201 }), 'refreshed'],
  [
    '200 with a token response that is called text',
    () => HttpResponse.text(JSON.stringify(GRANT)),
    'refreshed',
  ],

  ['200 with broken JSON', () => HttpResponse.text('{"access_token":'), 'unavailable'],
  ['200 with an empty body', () => HttpResponse.text(''), 'unavailable', { status: 200 }],
  ['200 with HTML', () => html(200), 'unavailable'],
  ['200 cut off', () => truncated(200), 'unavailable'],
  ['204', () => new HttpResponse(null, { status: 204 }), 'unavailable', { status: 204 }],
  ...[301, 302, 303, 307, 308].map((status): Row => [
    `${String(status)} to a login page`,
    () => new HttpResponse(null, { status, headers: { location: 'https://app.test/login' } }),
    'unavailable',
    // Browsers say 0, because script may learn nothing about a redirect.
    { status },
  ]),

  ...FINAL.map(([code, reason]): Row => [
    `401 ${code}`,
    () => error(401, code),
    'rejected',
    { reason },
  ]),
  ['401 with another error', () => error(401, 'mine'), 'rejected', { reason: 'refresh-rejected' }],
  [
    '401 with text',
    () => HttpResponse.text('Unauthorized', { status: 401 }),
    'rejected',
    { reason: 'refresh-rejected' },
  ],
  [
    '401 without a body',
    () => new HttpResponse(null, { status: 401 }),
    'rejected',
    { reason: 'refresh-rejected' },
  ],
  [
    '401 with JSON that is no object',
    () => HttpResponse.json(null, { status: 401 }),
    'rejected',
    { reason: 'refresh-rejected' },
  ],
  ['401 with HTML', () => html(401), 'unavailable', { status: 401 }],

  ...[400, 403].flatMap((status): Row[] => [
    ...FINAL.map(([code, reason]): Row => [
      `${String(status)} ${code}`,
      () => error(status, code),
      'rejected',
      { reason },
    ]),
    ...NOT_FINAL.map((code): Row => [
      `${String(status)} ${code}`,
      () => error(status, code),
      'unavailable',
      { status },
    ]),
    [`${String(status)} with HTML`, () => html(status), 'unavailable', { status }],
    [
      `${String(status)} with text`,
      () => HttpResponse.text('invalid_grant', { status }),
      'unavailable',
      { status },
    ],
  ]),

  ['409 superseded', () => error(409, 'refresh_superseded'), 'superseded', { sequence: undefined }],
  [
    '409 superseded, with a number',
    () => error(409, 'refresh_superseded', { seq: 2 }),
    'superseded',
    { sequence: 2 },
  ],
  [
    '409 superseded, with a number that is none',
    () => error(409, 'refresh_superseded', { seq: '2' }),
    'superseded',
    { sequence: undefined },
  ],
  ['409 with another error', () => error(409, 'conflict'), 'unavailable', { status: 409 }],
  ['409 with HTML', () => html(409), 'unavailable', { status: 409 }],

  ...[402, 404, 405, 408, 410, 418, 422, 425, 500, 501, 502, 503, 504, 520, 530].map(unavailable),
  ['502 with HTML', () => html(502), 'unavailable', { status: 502 }],
  ['500 cut off', () => truncated(500), 'unavailable', { status: 500 }],

  ...[429, 503].flatMap((status) => [
    waiting(status, {}, undefined),
    waiting(status, { 'retry-after': '7' }, 7_000),
    waiting(status, { 'retry-after': '0' }, 0),
    waiting(
      status,
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      30_000,
    ),
    waiting(
      status,
      { 'retry-after': 'Wed, 21 Oct 2015 07:27:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      undefined,
    ),
    waiting(status, { 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' }, undefined),
    waiting(status, { 'retry-after': 'soon' }, undefined),
    waiting(status, { 'retry-after': '-5' }, undefined),
  ]),
  waiting(500, { 'retry-after': '7' }, undefined),

  ['a network error', () => HttpResponse.error(), 'unavailable'],
]

/** Answers to a refresh, and what each means: the table under "Verdicts and failures" in docs/protocol.md, row by row. */
export const ROWS = rows.map(([name, answer, outcome, details = {}]) => ({
  name,
  answer,
  outcome,
  details,
}))
