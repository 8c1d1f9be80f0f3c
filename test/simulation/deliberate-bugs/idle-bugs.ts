import { bug, type Bug } from './bug.ts'

/** Mistakes with the end of a session that nobody uses. */
export const IDLE_BUGS: readonly Bug[] = [
  bug('activity is not shared', 'core/lifetime/activity.ts', 'void commit(next)', 'void commit'),
  {
    name: 'a page that wakes decides by what it knew before',
    patches: [
      {
        file: 'core/lifetime/page-watch.ts',
        search: 'if (tab.record && isAhead(mirrored, tab.record)) ledger',
        replace: 'if (mirrored && isAhead(null, tab.record)) ledger',
      },
      {
        file: 'core/session/sign-out.ts',
        search: 'current?.session === from.session && isDue(current) ?',
        replace: 'current?.session === from.session ?',
      },
    ],
  },
  bug(
    'input dismisses a warning that only a click may',
    'core/lifetime/activity.ts',
    "    if (idle.dismissOn === 'extend' && state.warning?.cause === 'idle') return\n",
    '',
  ),
  bug(
    'a session is not watched because it began before anybody watched',
    'core/record/transitions.ts',
    'return isLimited ? record',
    'return isLimited || !record.idle ? record',
  ),
  bug(
    'a page that opens counts as activity',
    'core/lifetime/activity.ts',
    '    idle.watch(report),\n',
    '    idle.watch(report),\n    time.schedule(report, 500),\n',
  ),
  bug(
    'a page that opens goes on with a session that is over',
    'core/session/restore.ts',
    '    await signOut.endIfExpired(record)\n',
    '',
  ),
  bug(
    'a wish to stay is granted before the server is asked',
    'core/lifetime/extend.ts',
    'const error = await tellServer(record, askedAt).catch((reason: unknown) => reason)',
    'const error: unknown = void tellServer(record, askedAt).catch(() => undefined)',
  ),
  bug(
    'a wish to stay is granted, and then forgotten',
    'core/lifetime/extend.ts',
    'error ? current : active(current, askedAt)',
    'error ? current : active(current, record.seenAt)',
  ),
  bug(
    'a renewal that was on its way is taken for an answer to the wish to stay',
    'core/lifetime/extend.ts',
    'if (next && !isTold) await',
    'if (next && !isTold && next.generation < 0) await',
  ),
  bug(
    'a session ends without a warning',
    'core/lifetime/warnings.ts',
    'if (!isExpired(record, now)) open(record, expiry)',
    'void logout()',
  ),
  bug(
    'nobody is warned',
    'core/lifetime/warnings.ts',
    'if (!isExpired(record, now)) open(record, expiry)',
    'void open',
  ),
  bug(
    'a warning is opened again with every plan',
    'core/lifetime/warnings.ts',
    "    if (isOpen) return\n    events.emit('expiring', warning)\n",
    "    events.emit('expiring', warning)\n    if (isOpen) return\n",
  ),
  bug(
    'a warning stays open though somebody has come back',
    'core/lifetime/warnings.ts',
    "    if (record?.session === session) events.emit('extended', { endsAt: tab.state.endsAt })\n",
    '    void [record, session]\n',
  ),
  bug(
    'a warning closes as the user asks to stay, before the server has answered',
    'core/record/expiry.ts',
    'return earliestOf(record, 0)',
    'return endOf(record)',
  ),
  bug(
    'a click in time is too late if the server takes long to answer',
    'core/record/expiry.ts',
    'extendingAt > answeredAt ? extendingAt + EXTENDING_MS : 0',
    '0',
  ),
]
