/** The browser of one user: it shares no cookie, database or cache with another context. */
export interface Context {
  /** Opens a tab in front of the others. */
  open(url: string): Promise<Tab>
}

/** Storage that the user of a browser can refuse to all sites. */
export type Refusal = 'site data' | 'localStorage' | 'IndexedDB'

/** The settings with which a browser is started. */
export interface StartOptions {
  /** The folder of its profile, which another browser may have used before. @default a new one, removed with the browser */
  readonly profile?: string | undefined
  readonly refuses?: Refusal | undefined
  /** Opens private windows only. */
  readonly isPrivate?: boolean | undefined
}

/** A running browser, with a context of its own. */
export interface Browser extends Context {
  /** Closes it as a user does: it writes everything to its profile. */
  close(): Promise<void>
  /** Kills it as a power cut does: what it has not written yet is lost. */
  kill(): Promise<void>
}

/** One tab. Each method waits until the browser has really done it, and throws if it does not. */
export interface Tab {
  readonly page: Page
  /** Waits until the tab is hidden behind another one. */
  waitUntilHidden(): Promise<void>
  /** Freezes the page as a browser does to save memory: timers, answers and messages wait. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Goes to another page of the same site, and leaves this one in the back/forward cache. */
  leaveFor(url: string): Promise<void>
  /** Presses Back. Throws if the page is loaded again instead of coming out of the back/forward cache. */
  goBack(): Promise<void>
  goOffline(): Promise<void>
  goOnline(): Promise<void>
  /** Kills the tab's process. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** The page in a tab, with what every engine can do. */
export interface Page {
  /** Runs `work` in the page, and resolves to its result. A string is run as a script, without a result. */
  evaluate<Args extends unknown[], Result>(
    work: ((...args: Args) => Result) | string,
    ...args: Args
  ): Promise<Awaited<Result>>
  /** Runs `work` in the page with the first element that matches. Throws if there is none. */
  $eval<Args extends unknown[], Result>(
    selector: string,
    work: (element: Element, ...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>
  /** Loads the page at this address, and waits until it has loaded. */
  goto(url: string): Promise<void>
  /** Loads the page again, and waits until its scripts have run. */
  reload(): Promise<void>
  /** Goes one page back, whether that page is loaded again or comes out of the back/forward cache. */
  back(): Promise<void>
  /** Puts the tab in front of the others. */
  bringToFront(): Promise<void>
  focus(selector: string): Promise<void>
  click(selector: string): Promise<void>
  /** Types into the element, key by key. */
  type(selector: string, text: string): Promise<void>
  readonly keyboard: {
    /** Presses one key, given by its name or by the character that it types. */
    press(key: Key): Promise<void>
    /** Types into the element with the focus. `\n` is Enter. */
    type(text: string): Promise<void>
  }
  readonly mouse: {
    move(x: number, y: number): Promise<void>
    wheel(deltaY: number): Promise<void>
  }
  /** Sets the size of the viewport, in CSS pixels. */
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>
  /** Sets a preference of the user that the page can query. Needs the feature "media features". */
  prefer(feature: MediaFeature, value: string): Promise<void>
  /** A PNG of the viewport. */
  screenshot(): Promise<Uint8Array>
}

export type Key = 'Enter' | 'Tab' | 'Escape' | 'Space' | 'ArrowLeft' | 'End' | 'a'

export type MediaFeature = 'prefers-color-scheme' | 'prefers-reduced-motion' | 'forced-colors'
