import type { Degradation } from '../../../src/index.ts'
import type { Mode } from './fixture-page.ts'

/** An API of the platform that a page has to work without. */
export interface Loss {
  readonly name: string
  /** Functions that take it away. They run in the page, before any script of its own. */
  readonly before: readonly (() => void)[]
  /** The `degraded` events that the session emits for it. */
  readonly reported: readonly Degradation[]
}

export const NO_LOCKS: Loss = {
  name: 'Web Locks',
  before: [() => Reflect.deleteProperty(Navigator.prototype, 'locks')],
  reported: [{ missing: 'locks', to: 'lease' }],
}

export const NO_CHANNEL: Loss = {
  name: 'BroadcastChannel',
  before: [() => Reflect.deleteProperty(window, 'BroadcastChannel')],
  reported: [{ missing: 'channel', to: 'polling' }],
}

/** Not reported: the record is kept in IndexedDB, and only its mirror is missing. */
export const NO_LOCAL_STORAGE: Loss = {
  name: 'localStorage, whose getter throws',
  before: [
    () =>
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('Refused', 'SecurityError')
        },
      }),
  ],
  reported: [],
}

const THROWING_LOCKS: Loss = {
  name: 'Web Locks, whose getter throws',
  before: [
    () =>
      Object.defineProperty(navigator, 'locks', {
        get() {
          throw new DOMException('Refused', 'SecurityError')
        },
      }),
  ],
  reported: [{ missing: 'locks', to: 'lease' }],
}

/** As in a sandboxed frame. Not reported, since the lock only saves work. */
const REFUSED_LOCKS: Loss = {
  name: 'Web Locks, whose methods reject',
  before: [
    () => {
      if (!('locks' in navigator)) return
      LockManager.prototype.request = () => Promise.reject(new DOMException('x', 'SecurityError'))
      LockManager.prototype.query = () => Promise.reject(new DOMException('x', 'SecurityError'))
    },
  ],
  reported: [],
}

const THROWING_CHANNEL: Loss = {
  name: 'BroadcastChannel, whose constructor throws',
  before: [
    () => {
      window.BroadcastChannel = function () {
        throw new DOMException('Refused', 'SecurityError')
      } as unknown as typeof BroadcastChannel
    },
  ],
  reported: [{ missing: 'channel', to: 'polling' }],
}

const THROWING_COOKIES_AND_MEASURES: Loss = {
  name: 'document.cookie and performance.measure, which throw',
  before: [
    () => {
      Object.defineProperty(document, 'cookie', {
        get() {
          throw new DOMException('Refused', 'SecurityError')
        },
      })
      performance.measure = () => {
        throw new DOMException('Refused', 'SecurityError')
      }
    },
  ],
  reported: [],
}

export const HANGING_INDEXED_DB: Loss = {
  name: 'IndexedDB, which never answers',
  before: [
    () => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
    },
  ],
  reported: [{ missing: 'record', to: 'local-storage' }],
}

const THROWING_INDEXED_DB: Loss = {
  name: 'IndexedDB, whose `open` throws',
  before: [
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('Refused', 'SecurityError')
      }
    },
  ],
  reported: [{ missing: 'record', to: 'local-storage' }],
}

const FAILING_INDEXED_DB: Loss = {
  name: 'IndexedDB, which cannot be opened',
  before: [
    () => {
      const { open } = IDBFactory.prototype
      IDBFactory.prototype.open = function (...args) {
        const request = open.apply(this, args)
        request.addEventListener('upgradeneeded', () => request.transaction?.abort())
        return request
      }
    },
  ],
  reported: [{ missing: 'record', to: 'local-storage' }],
}

/** Reported in body mode alone, where the refresh token is sealed with it. */
const NO_SUBTLE_CRYPTO: Loss = {
  name: 'crypto.subtle',
  before: [() => Reflect.deleteProperty(Crypto.prototype, 'subtle')],
  reported: [{ missing: 'crypto', to: 'plain-text' }],
}

const EACH = [
  NO_LOCKS,
  NO_CHANNEL,
  NO_LOCAL_STORAGE,
  THROWING_LOCKS,
  REFUSED_LOCKS,
  THROWING_CHANNEL,
  THROWING_COOKIES_AND_MEASURES,
  HANGING_INDEXED_DB,
  THROWING_INDEXED_DB,
  FAILING_INDEXED_DB,
]

/** What a page may have to work without: each alone, and most of them together. */
export const LOSSES: Readonly<Record<Mode, readonly Loss[]>> = {
  cookie: [...EACH, everything(NO_LOCKS, NO_CHANNEL)],
  body: [...EACH, NO_SUBTLE_CRYPTO, everything(NO_LOCKS, NO_CHANNEL, NO_SUBTLE_CRYPTO)],
}

/** These, IndexedDB and localStorage together. */
function everything(...losses: readonly Loss[]): Loss {
  const all = [...losses, NO_LOCAL_STORAGE, HANGING_INDEXED_DB]
  return {
    name: 'any of these APIs',
    before: all.flatMap(({ before }) => before),
    reported: [...losses.flatMap(({ reported }) => reported), { missing: 'record', to: 'memory' }],
  }
}
