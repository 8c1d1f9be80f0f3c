import type { EngineName } from './names.ts'

/** Something that some tests need and that not every engine can do when a program drives it. */
export type Feature =
  | 'freezing a page'
  | 'losing the process of a tab'
  | 'connections that end with their process'
  | 'going offline'
  | 'a profile on disk'
  | 'losing what is not on disk yet'
  | 'wiping storage from outside'
  | 'media features'
  | 'virtual time'
  | 'the accessibility tree'
  | 'streams as request bodies'
  | 'refusing site data'
  | 'refusing one kind of storage'
  | 'a private window'
  | 'narrow windows'
  | 'caching a page with a request in flight'
  | 'leaving a page uncached'
  | 'workers that outlive their pages'
  | 'caching a page with a shared worker'
  | 'keys in a shared worker'

const NO_COMMAND = 'WebDriver has no command for it'

/** What each engine cannot do, and why. */
export const LACKS: Readonly<Record<EngineName, Partial<Record<Feature, string>>>> = {
  chromium: {
    'refusing one kind of storage': 'Chromium has one setting for all of it',
  },
  firefox: {
    'workers that outlive their pages': 'Firefox knows no extendedLifetime',
    'caching a page with a shared worker': 'Firefox caches no such page',
    'connections that end with their process':
      'Firefox keeps the connections of a killed process open for minutes',
    'freezing a page': 'Firefox freezes no page that is not in its back/forward cache',
    'losing what is not on disk yet': 'Firefox writes cookies and databases at times of its own',
    'wiping storage from outside': NO_COMMAND,
    'media features': NO_COMMAND,
    'virtual time': NO_COMMAND,
    'the accessibility tree': NO_COMMAND,
    'streams as request bodies': 'Firefox sends no streams',
    'caching a page with a request in flight': 'Firefox caches no such page',
  },
  webkit: {
    'workers that outlive their pages': 'WebKit knows no extendedLifetime',
    'caching a page with a shared worker': 'WebKit caches no such page',
    'keys in a shared worker':
      'WebKit gives a SharedWorker no CryptoKey out of IndexedDB, so the tabs refresh by themselves',
    'freezing a page': 'WebKitGTK freezes no page that is not in its back/forward cache',
    'connections that end with their process':
      'WebKitWebDriver ends its session when a page crashes',
    'losing the process of a tab': 'WebKitWebDriver ends its session when a page crashes',
    'going offline': NO_COMMAND,
    'a profile on disk': 'WebKitGTK keeps nothing on disk while it is automated',
    'losing what is not on disk yet': 'WebKitGTK keeps nothing on disk while it is automated',
    'wiping storage from outside': NO_COMMAND,
    'media features': NO_COMMAND,
    'virtual time': NO_COMMAND,
    'the accessibility tree': NO_COMMAND,
    'streams as request bodies': 'WebKit sends no streams',
    'refusing site data': 'MiniBrowser has no such setting',
    'refusing one kind of storage': 'MiniBrowser has no such setting',
    'leaving a page uncached': 'WebKit caches pages that listen for unload, too',
    'narrow windows': 'MiniBrowser is at least as wide as its toolbar',
    'a private window': 'every window of an automated WebKitGTK is one',
  },
}
