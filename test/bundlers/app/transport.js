import { jsonTransport } from 'latchkey'

export const transport = jsonTransport('/auth', { idempotencyHeader: false })
