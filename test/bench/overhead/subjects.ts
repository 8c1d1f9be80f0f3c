import { cookieTransport, type Session } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/options.ts'
import { createOverhead, SHAPES, STUBS, type Overhead, type StubName } from './overhead.ts'

/** One kind of call, signed in, for each stub and shape: `subjects[stub][shape]`. */
export type Subjects = Readonly<Record<string, Readonly<Record<string, Overhead>>>>

/** Signs in once for each stub, with an access token of usual length that stays fresh. */
export async function createSubjects(
  openSession: (options: SessionOptions) => Session,
): Promise<Subjects> {
  const subjects: Record<string, Record<string, Overhead>> = {}
  for (const stub of Object.keys(STUBS) as StubName[]) {
    const session = openSession({
      name: stub,
      // There is no server: the missing hint cookie keeps the page from asking it.
      transport: cookieTransport('/auth', { hintCookie: 'none' }),
      fetch: STUBS[stub],
    })
    await session.ready
    await session.login({ access_token: 'x'.repeat(800), expires_in: 86_400 })
    const shapes = Object.keys(SHAPES)
    subjects[stub] = Object.fromEntries(
      shapes.map((shape) => [shape, createOverhead(stub, shape, session.authFetch)]),
    )
  }
  return subjects
}
