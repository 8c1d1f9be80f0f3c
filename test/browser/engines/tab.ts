/** What one user sees of a browser: no cookie, database or cache is shared with another context. */
export interface Context {
  /** Opens a tab in front of the others. */
  open(url: string): Promise<Tab>
}

/** Storage that a browser's user may refuse to all sites. */
export type Refusal = 'site data' | 'localStorage' | 'IndexedDB'

/** What a browser is started with. */
export interface StartOptions {
  /** The folder in which it finds what an earlier one has left. @default one that is gone with the browser */
  readonly profile?: string | undefined
  readonly refuses?: Refusal | undefined
  /** Opens private windows only. */
  readonly isPrivate?: boolean | undefined
}

/** A running browser, with a context of its own. */
export interface Browser extends Context {
  /** Ends it as a user does: everything is written to its profile. */
  close(): Promise<void>
  /** Ends it as a power cut does: what has not been written yet is lost. */
  kill(): Promise<void>
}

/** One tab. Each method waits until the browser has really done it, and throws if it does not. */
export interface Tab {
  readonly page: Page
  /** Waits until the tab is hidden behind another one. */
  hidden(): Promise<void>
  /** Stops the page as a browser does to save memory: timers, answers and messages wait. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Goes to another page of the same site, and leaves this one in the back/forward cache. */
  leaveFor(url: string): Promise<void>
  /** Presses Back. Throws if the page was loaded again instead of being taken out of the cache. */
  goBack(): Promise<void>
  goOffline(): Promise<void>
  goOnline(): Promise<void>
  /** Kills the tab's process. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** The page in a tab: what every engine can do with it. */
export interface Page {
  /** Runs `work` in the page, and resolves to what it resolves to. A string is an expression. */
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
  /** Loads the page at this address, and waits until that is done. */
  goto(url: string): Promise<void>
  /** Loads the page again, and waits until its scripts have run. */
  reload(): Promise<void>
  /** Goes one page back, whether that is loaded or taken out of the cache. */
  back(): Promise<void>
  /** Puts the tab in front of the others. */
  bringToFront(): Promise<void>
  focus(selector: string): Promise<void>
  click(selector: string): Promise<void>
  /** Types into the element, key by key. */
  type(selector: string, text: string): Promise<void>
  readonly keyboard: {
    /** Presses one key, by its name or by what it types. */
    press(key: Key): Promise<void>
    /** Types where the focus is. `\n` is Enter. */
    type(text: string): Promise<void>
  }
  readonly mouse: {
    move(x: number, y: number): Promise<void>
    wheel(deltaY: number): Promise<void>
  }
  /** The size of what is seen of the page, in CSS pixels. */
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>
  /** What the page is told of its user's preferences. Needs the feature "media features". */
  prefer(feature: MediaFeature, value: string): Promise<void>
  /** A PNG of what is seen of the page. */
  screenshot(): Promise<Uint8Array>
}

export type Key = 'Enter' | 'Tab' | 'Escape' | 'Space' | 'ArrowLeft' | 'End' | 'a'

export type MediaFeature = 'prefers-color-scheme' | 'prefers-reduced-motion' | 'forced-colors'
