import type { Degradation } from '../../../src/index.ts'
import type { Mode } from './fixture-page.ts'

/** Something of the platform that a page has to do without. */
export interface Loss {
  readonly name: string
  /** Takes it away; runs in the page, before any script of its own. */
  readonly before: readonly (() => void)[]
  /** What the session says of it. */
  readonly told: readonly Degradation[]
}

export const NO_LOCKS: Loss = {
  name: 'Web Locks',
  before: [() => Reflect.deleteProperty(Navigator.prototype, 'locks')],
  told: [{ missing: 'locks', to: 'lease' }],
}

export const NO_CHANNEL: Loss = {
  name: 'BroadcastChannel',
  before: [() => Reflect.deleteProperty(window, 'BroadcastChannel')],
  told: [{ missing: 'channel', to: 'polling' }],
}

/** Of which nobody is told: the record is where it belongs, only its mirror is gone. */
export const NO_LOCAL_STORAGE: Loss = {
  name: 'localStorage, the very name of which throws',
  before: [
    () =>
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('Refused', 'SecurityError')
        },
      }),
  ],
  told: [],
}

const THROWING_LOCKS: Loss = {
  name: 'Web Locks, the very name of which throws',
  before: [
    () =>
      Object.defineProperty(navigator, 'locks', {
        get() {
          throw new DOMException('Refused', 'SecurityError')
        },
      }),
  ],
  told: [{ missing: 'locks', to: 'lease' }],
}

/** As in a sandboxed frame. The lock saves work, so nobody is told. */
const REFUSED_LOCKS: Loss = {
  name: 'Web Locks, which refuse',
  before: [
    () => {
      if (!('locks' in navigator)) return
      LockManager.prototype.request = () => Promise.reject(new DOMException('x', 'SecurityError'))
      LockManager.prototype.query = () => Promise.reject(new DOMException('x', 'SecurityError'))
    },
  ],
  told: [],
}

const THROWING_CHANNEL: Loss = {
  name: 'BroadcastChannel, which throws',
  before: [
    () => {
      window.BroadcastChannel = function () {
        throw new DOMException('Refused', 'SecurityError')
      } as unknown as typeof BroadcastChannel
    },
  ],
  told: [{ missing: 'channel', to: 'polling' }],
}

const THROWING_TRIFLES: Loss = {
  name: 'cookies that script may read and spans on the timeline, both of which throw',
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
  told: [],
}

export const HANGING_INDEXED_DB: Loss = {
  name: 'IndexedDB, which never answers',
  before: [
    () => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
    },
  ],
  told: [{ missing: 'record', to: 'local-storage' }],
}

const THROWING_INDEXED_DB: Loss = {
  name: 'IndexedDB, which throws',
  before: [
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('Refused', 'SecurityError')
      }
    },
  ],
  told: [{ missing: 'record', to: 'local-storage' }],
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
  told: [{ missing: 'record', to: 'local-storage' }],
}

/** Missed by those alone who would seal something with it. */
const NO_SUBTLE_CRYPTO: Loss = {
  name: 'crypto.subtle',
  before: [() => Reflect.deleteProperty(Crypto.prototype, 'subtle')],
  told: [{ missing: 'crypto', to: 'plain-text' }],
}

const EACH = [
  NO_LOCKS,
  NO_CHANNEL,
  NO_LOCAL_STORAGE,
  THROWING_LOCKS,
  REFUSED_LOCKS,
  THROWING_CHANNEL,
  THROWING_TRIFLES,
  HANGING_INDEXED_DB,
  THROWING_INDEXED_DB,
  FAILING_INDEXED_DB,
]

/** What a page may have to do without, one by one and all together. */
export const LOSSES: Readonly<Record<Mode, readonly Loss[]>> = {
  cookie: [...EACH, everything(NO_LOCKS, NO_CHANNEL)],
  body: [...EACH, NO_SUBTLE_CRYPTO, everything(NO_LOCKS, NO_CHANNEL, NO_SUBTLE_CRYPTO)],
}

/** These, and every place where a record could be kept. */
function everything(...losses: readonly Loss[]): Loss {
  const all = [...losses, NO_LOCAL_STORAGE, HANGING_INDEXED_DB]
  return {
    name: 'all of that',
    before: all.flatMap(({ before }) => before),
    told: [...losses.flatMap(({ told }) => told), { missing: 'record', to: 'memory' }],
  }
}
