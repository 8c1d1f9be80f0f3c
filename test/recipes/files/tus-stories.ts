import { rmSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Gate } from '../../browser/support/gate.ts'
import { useRecipe, type OpenRecipe, type Recipe } from '../open-recipe.ts'
import { bytesOf } from './file.ts'
import { serveTus, UPLOADS, type TusServer } from './serve-tus.ts'
import type { Outcome } from './tus.page.ts'

/** Three parts. */
export const SIZE = 11_000_000
const OF_UPLOAD = `${UPLOADS}/`

/** A page with its server for uploads. */
export interface OpenUploads extends OpenRecipe {
  readonly tus: TusServer
  /** Begins to upload the file. */
  upload(): Promise<Outcome>
  /** Signs Alice in, and begins to upload. Resolves when the first part has arrived, and the second waits at the gate. */
  reachSecondPart(): Promise<{ readonly gate: Gate; readonly outcome: Promise<Outcome> }>
  /** What was asked of uploads, in order: `PATCH alice 204`. */
  asked(): readonly string[]
}

/** Tests what every client of tus has to do with a session. `more` tells further stories. */
export function tellTusStories(
  name: string,
  recipe: Omit<Recipe, 'routes'>,
  more?: (open: () => Promise<OpenUploads>) => void,
): void {
  let tus: TusServer
  const openRecipe = useRecipe({ ...recipe, routes: (site) => void (tus = serveTus(site)) })

  async function open(): Promise<OpenUploads> {
    const opened = await openRecipe()
    onTestFinished(() => rmSync(tus.folder, { recursive: true, force: true }))
    const { server, tab, signIn } = opened
    const upload = (): Promise<Outcome> =>
      tab.page.evaluate((size) => window.uploadFile(size), SIZE)
    return {
      ...opened,
      tus,
      upload,
      async reachSecondPart() {
        await signIn('alice')
        const gate = server.hold(OF_UPLOAD)
        const outcome = upload()
        await gate.reached(1)
        gate.release(1)
        await gate.reached(2)
        return { gate, outcome }
      },
      asked: () =>
        server.requests
          .filter(({ path }) => path.startsWith(UPLOADS))
          .map(({ method, user, status }) =>
            `${method} ${user ?? 'nobody'} ${status ?? ''}`.trim(),
          ),
    }
  }

  describe(name, () => {
    test('a part whose token is refused is sent once more, with a new one', async () => {
      const page = await open()
      const { gate, outcome } = await page.reachSecondPart()
      page.refuse()
      gate.open()
      expect(await outcome).toMatchObject({ share: 1 })
      expectWhole(page, await outcome)
      expect(page.server.refreshes()).toBe(1)
      expect(page.asked().filter((each) => each.startsWith('POST'))).toHaveLength(1)
    })

    test('an upload whose question how far it has come is refused does not begin anew', async () => {
      const page = await open()
      const { gate, outcome } = await page.reachSecondPart()
      page.server.answer(OF_UPLOAD, 503)
      gate.release(1)
      await gate.reached(3)
      page.server.answer(OF_UPLOAD, 200)
      page.refuse()
      gate.open()
      expectWhole(page, await outcome)
      expect(page.asked()).toEqual([
        ...['POST alice 201', 'PATCH alice 204', 'PATCH alice 503', 'HEAD alice 401'],
        ...['HEAD alice 200', 'PATCH alice 204', 'PATCH alice 204'],
      ])
      expect(page.server.refreshes()).toBe(1)
    })

    test.each([
      ['a logout', true],
      ['another user who signs in', false],
    ])('%s ends an upload, and nothing of it is sent any more', async (_, isLogout) => {
      const page = await open()
      const { gate, outcome } = await page.reachSecondPart()
      if (isLogout) await page.logOut()
      else await page.signIn('bob')
      expect((await outcome).error).toBeDefined()
      gate.open()
      if (isLogout) await page.signIn('bob')
      expect(await page.upload()).toMatchObject({ share: 1 })
      const afterwards = page.asked().slice(3)
      expect(afterwards.length).toBeGreaterThan(3)
      expect(afterwards.filter((each) => !/^(POST|PATCH) bob /.test(each))).toEqual([])
    })

    test('an upload that waits for its token while another user signs in is not sent', async () => {
      const page = await open()
      await page.signIn('alice')
      await page.expire()
      const gate = page.server.hold('/auth/refresh')
      const outcome = page.upload()
      await gate.reached(1)
      await page.signIn('bob')
      gate.open()
      expect((await outcome).error).toBeDefined()
      expect(page.asked()).toEqual([])
    })

    test('an upload without a user rejects, and its error has the code', async () => {
      const page = await open()
      expect(await page.upload()).toMatchObject({ code: 'no_session' })
      expect(page.asked()).toEqual([])
    })

    more?.(open)
  })
}

/** Expects that the whole file has arrived. */
export function expectWhole({ tus }: OpenUploads, { url }: Outcome): void {
  expect(tus.bytesOf(url ?? '').equals(bytesOf(SIZE))).toBe(true)
}
