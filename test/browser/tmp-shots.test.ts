import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { useBrowser } from './engines/browser.ts'
import { applyLook, press, useDemo } from './support/demo-page.ts'
import { tabOpener, storm } from './support/demo-tabs.ts'
import { pressInTools } from './support/devtools.ts'

const openTabs = tabOpener(useDemo(), useBrowser())
test('shots', async () => {
  const { tabs } = await openTabs({ mode: 'cookie', with: 'latchkey' })
  await storm(tabs)
  const [{ page }] = tabs
  await page.bringToFront()
  await press(page, '#slow')
  await new Promise((r) => setTimeout(r, 1500))
  await pressInTools(page, '#words summary')
  await pressInTools(page, '#known summary')
  for (const look of [
    { name: 'light-wide', scheme: 'light', width: 1200 },
    { name: 'dark-wide', scheme: 'dark', width: 1200 },
    { name: 'light-narrow', scheme: 'light', width: 375 },
    { name: 'dark-narrow', scheme: 'dark', width: 375 },
  ] as const) {
    await applyLook(page, look)
    await page.setViewport({ width: look.width, height: 1900 })
    await new Promise((r) => setTimeout(r, 800))
    writeFileSync(`/tmp/shot-${look.name}.png`, await page.screenshot())
  }
})
