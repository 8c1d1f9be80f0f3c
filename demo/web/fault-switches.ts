/** The faults that are switched on, the same in all tabs and after a reload: kept in localStorage. */
export interface FaultSwitches {
  /** Every tab calls the API once a second. */
  readonly traffic: boolean
  /** No request leaves the page. */
  readonly offline: boolean
  /** The next renewal is answered late. */
  readonly slow: boolean
  /** The next renewal is done, and its answer is lost. */
  readonly lost: boolean
  /** Until this time, in epoch milliseconds, the auth server answers 503. */
  readonly unavailableUntil: number
}

const KEY = 'demo-faults'
const NONE: FaultSwitches = {
  traffic: false,
  offline: false,
  slow: false,
  lost: false,
  unavailableUntil: 0,
}

export function readFaults(): FaultSwitches {
  return { ...NONE, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<FaultSwitches>) }
}

export function setFaults(changes: Partial<FaultSwitches>): void {
  localStorage.setItem(KEY, JSON.stringify({ ...readFaults(), ...changes }))
  // The storage event reaches the other tabs only.
  dispatchEvent(new Event('faults'))
}

/** Calls `listener` now, and whenever this or another tab has switched something. */
export function onFaults(listener: (faults: FaultSwitches) => void): void {
  const tell = (): void => listener(readFaults())
  addEventListener('faults', tell)
  addEventListener('storage', ({ key }) => key === KEY && tell())
  tell()
}
