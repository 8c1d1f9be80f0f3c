/** A piece of the source, and what a bug makes of it. */
export interface Patch {
  readonly file: string
  readonly search: string
  readonly replace: string
}

/** A mistake that somebody could make. */
export interface Bug {
  readonly name: string
  readonly patches: readonly Patch[]
}

function bug(name: string, file: string, search: string, replace: string): Bug {
  return { name, patches: [{ file, search, replace }] }
}

/** Mistakes in the real source, each of which the simulation has to catch. */
export const BUGS: readonly Bug[] = [
  bug(
    'the record is not read again under the lock',
    'core/refresh.ts',
    'const record = await shared.look()\n    // Of this look',
    'const record = tab.record\n    // Of this look',
  ),
  bug(
    'an answer is committed without a comparison',
    'core/exchange.ts',
    'isSameGeneration(current, record) ? renewed',
    'current ? renewed',
  ),
  bug(
    'the client revokes what arrives too late',
    'core/exchange.ts',
    "if (outcome === 'lost') {\n",
    "if (outcome === 'lost') {\n      void courier.revoke({ sid: tokens.sessionId ?? null, everywhere: false }, tokens)\n",
  ),
  bug(
    'the key is drawn when a refresh is sent',
    'core/exchange.ts',
    'courier.refresh(record, spent, record.key, record.seq, onSend)',
    'courier.refresh(record, spent, ports.randomId(), record.seq, onSend)',
  ),
  bug(
    'a refresh ends with its page: no keepalive',
    'core/courier.ts',
    '{ ...init, keepalive: true }',
    'init',
  ),
  bug(
    'a refresh that is never answered is waited for',
    'core/courier.ts',
    'await within(clock, TIMEOUT_MS, working, onFailure())',
    'await working',
  ),
  bug(
    'a lock that is never granted is waited for',
    'core/exclusively.ts',
    '&& clock.uptime() < askUntil',
    '',
  ),
  bug(
    'a database that hangs is waited for',
    'core/shared-record.ts',
    'let result = await within(clock, PATIENCE_MS, working, HUNG)',
    'let result: T | typeof HUNG = await working',
  ),
  bug(
    'events are told inside the lock',
    'core/refresh.ts',
    '      return renew(session, used)\n    }',
    '      return renew(session, used).then(async (report) => {\n' +
      '        tell(report, by)\n        await sleep(clock, 0)\n        return report\n      })\n    }',
  ),
  bug(
    'a refused request is repeated through authFetch itself',
    'fetch/auth-fetch.ts',
    'const second = await sendOnce(call, better)',
    'const second = await authFetch(call.request ?? call.href, call.init)',
  ),
  bug(
    'a call that was refused twice is sent once more',
    'fetch/auth-fetch.ts',
    '    hopeless = { held: better, until: clock.now() + HOPELESS_MS }\n    return second',
    '    return await sendOnce(call, better)',
  ),
  {
    name: 'a request of an older session is sent with the token of the next',
    patches: [
      {
        file: 'core/access.ts',
        search: 'const session = seen ?? tab.record?.session',
        replace: 'const session = tab.record?.session',
      },
    ],
  },
  bug(
    'a logout does not count as a new epoch',
    'core/record.ts',
    'epoch: record.epoch + 1,',
    'epoch: record.epoch,',
  ),
  bug(
    'a login goes on under the name of the session before it',
    'core/record.ts',
    '    ...drawn,\n    // Beyond any',
    '    ...drawn,\n    session: previous?.session ?? drawn.session,\n    // Beyond any',
  ),
  bug(
    'session time follows the system clock back',
    'core/record.ts',
    'seenAt: Math.max(record.seenAt, startedAt.session)',
    'seenAt: startedAt.wall',
  ),
  bug(
    'a handoff is believed without a look at the record',
    'core/adoption.ts',
    'if (record?.session !== session || record.generation !== generation) return',
    'if (!record) return',
  ),
  bug('the token goes to any origin', 'fetch/targets.ts', 'allowed.has(origin) &&\n', 'true &&\n'),
  bug(
    'the token goes to the auth endpoints',
    'fetch/targets.ts',
    '!excluded.some((endpoint) => place.startsWith(endpoint))',
    'true',
  ),
  bug(
    'a failure that passes is taken for a verdict',
    'transports/refresh-answer.ts',
    "return { type: 'unavailable', status, retryAfterMs: retryAfterMs(response) }",
    "return { type: 'rejected', reason: 'refresh-rejected' }",
  ),
  bug(
    'Retry-After is not read',
    'transports/refresh-answer.ts',
    'retryAfterMs: retryAfterMs(response)',
    'retryAfterMs: undefined',
  ),
  bug(
    'only the tab that was told to wait does',
    'core/refresh.ts',
    'if (isPostponed(record, clock.now())) return later(record, record.retryAt)\n',
    '',
  ),
  bug(
    'the mirror holds the tokens too',
    'core/shared-record.ts',
    'mirror.write(withoutTokens(furtherOn(record, peek())))',
    'mirror.write(furtherOn(record, peek()))',
  ),
  bug(
    'an end is told once for every record that says so',
    'core/tab.ts',
    '    certain = next\n',
    "    if (next?.status !== 'logged-out') certain = next\n",
  ),
  bug(
    'nobody plans the next renewal',
    'core/renewal.ts',
    'ahead.set(Math.max(dueAt, now + restUntil - clock.uptime()))',
    'ahead.set(null)',
  ),
  bug(
    'the server is not told of a logout',
    'core/sign-out.ts',
    'const told = await courier.revoke(tombstone, tokens)',
    'const told = false',
  ),
  bug(
    'a logout names no session',
    'core/courier.ts',
    '{ ...basics, tokens, sessionId: sid, everywhere }',
    '{ ...basics, tokens, sessionId: null, everywhere }',
  ),
  bug(
    'listeners stay after dispose',
    'core/watch.ts',
    'for (const stop of stops) stop()',
    'void stops',
  ),
  bug('the channel stays open after dispose', 'open-session.ts', '      siblings.close()\n', ''),
  bug('timers stay after dispose', 'open-session.ts', '      renewal.dispose()\n', ''),
]
