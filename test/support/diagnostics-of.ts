import type { Diagnostics, Session } from '../../src/index.ts'

/** The diagnostics of a session that was given the option. */
export async function diagnosticsOf(session: Pick<Session, 'diagnostics'>): Promise<Diagnostics> {
  const found = await session.diagnostics()
  if (!found) throw new Error('This session was opened without the option "diagnostics"')
  return found
}
