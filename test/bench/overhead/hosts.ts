import { Session as InspectorSession } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { launchChromium, puppeteerOf } from '../../browser/engines/chromium.ts'
import { pageOf } from '../support/bundle.ts'
import { serveHtml } from '../support/serve-html.ts'
import { allocated, type Inspector } from './allocation.ts'
import { openNodeSession } from './node-session.ts'
import type { Round, Subject } from './overhead.ts'
import { createSubjects } from './subjects.ts'

/** One kind of call, with one stub. */
export interface Case {
  readonly stub: string
  readonly shape: string
}

/** A place where calls are made. */
export interface Host {
  readonly name: string
  time(what: Case, rounds: number): Promise<Round[]>
  /** The bytes that one call allocates. */
  allocate(what: Case, subject: Subject): Promise<number>
}

type OnFinished = (undo: () => Promise<void>) => void

const CALLS = 20_000

/** This process. */
export async function openNode(onFinished: OnFinished): Promise<Host> {
  const subjects = await createSubjects(openNodeSession)
  const session = new InspectorSession()
  session.connect()
  onFinished(async () => Promise.resolve(session.disconnect()))
  const inspector: Inspector = (method, params) => session.post(method as never, params as never)
  const find = ({ stub, shape }: Case) => {
    const overhead = subjects[stub]?.[shape]
    if (!overhead) throw new Error(`No such case: ${stub}, ${shape}`)
    return overhead
  }
  return {
    name: `Node.js ${process.version}`,
    time: (what, rounds) => find(what).time(rounds),
    allocate: async (what, subject) =>
      (await allocated(inspector, () => find(what).repeat(subject, CALLS))) / CALLS,
  }
}

/** A page of its own in Chromium. */
export async function openChromium(onFinished: OnFinished): Promise<Host> {
  const html = await pageOf(fileURLToPath(new URL('page.ts', import.meta.url)))
  const url = await serveHtml(html, onFinished)
  const chromium = await launchChromium(onFinished)
  const { page } = await chromium.open(url)
  const devtools = await puppeteerOf(page).createCDPSession()
  const inspector: Inspector = (method, params) => devtools.send(method, params)
  const repeat = (what: Case, subject: Subject): Promise<void> =>
    page.evaluate(
      async ({ stub, shape }, subject, calls) =>
        (await window.subjects)[stub]?.[shape]?.repeat(subject, calls),
      what,
      subject,
      CALLS,
    )
  return {
    name: await puppeteerOf(page).browser().version(),
    time: (what, rounds) =>
      page.evaluate(
        async ({ stub, shape }, rounds) =>
          (await (await window.subjects)[stub]?.[shape]?.time(rounds)) ?? [],
        what,
        rounds,
      ),
    allocate: async (what, subject) =>
      (await allocated(inspector, () => repeat(what, subject))) / CALLS,
  }
}
