import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { launchChromium } from '../../browser/engines/chromium.ts'
import type { Browser, Tab } from '../../browser/engines/tab.ts'
import { pageOf } from '../support/bundle.ts'
import { versionOf } from '../support/install.ts'
import { serveHtml } from '../support/serve-html.ts'
import type {} from './pages/page.ts'

type OnFinished = (undo: () => Promise<void>) => void

/** A library that watches for idle users. */
export interface Library {
  readonly name: string
  /** Its file in `pages`. */
  readonly page: string
}

/** A library running in a visible tab, in a browser of its own. */
export interface Stage {
  readonly chromium: Browser
  readonly tab: Tab
}

/** The folder in which the compared packages are installed. */
export const FOLDER: URL = new URL('.', import.meta.url)

/** Chromium gives a page the time to five microseconds, or to a hundred if the page may share its process. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

export function libraries(): Library[] {
  const peer = 'react-idle-timer'
  return [
    { name: 'latchkey', page: 'latchkey.ts' },
    { name: `${peer} ${versionOf(FOLDER, peer)}`, page: `${peer}.mjs` },
  ]
}

/** Opens the page of a library, changed by `plugins`. */
export async function openStage(
  { page }: Library,
  onFinished: OnFinished,
  plugins: Plugin[] = [],
): Promise<Stage> {
  const html = await pageOf(fileURLToPath(new URL(`pages/${page}`, FOLDER)), plugins)
  const url = await serveHtml(html, onFinished, ISOLATED)
  const chromium = await launchChromium(onFinished)
  return { chromium, tab: await chromium.open(url) }
}

/** Makes latchkey count events that script dispatches as input, and real ones as dispatched: the check costs the same. */
export const trustScript: Plugin = {
  name: 'trust-script',
  setup(build) {
    build.onLoad({ filter: /src[\\/]platform[\\/]input\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source.replaceAll('event.isTrusted', '!event.isTrusted')
      if (contents === source) throw new Error('latchkey no longer asks whether input is trusted')
      return { contents, loader: 'ts' }
    })
  },
}
