/** A report of 100,000 rows opens, is read while its rows come, scrolls and finds. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageTexts } from '../../src/page/page.ts'
import { writePrivately } from '../../src/write/private-file.ts'
import { accessibilityFaults, Browser, hasChromium, type Visit, WHY_NOT } from '../rig/chromium.ts'
import { largeReport } from '../rig/large-report.ts'

const CELLS = 100_000
const PICTURES = join(tmpdir(), 'datagen-report-pictures')

describe.skipIf(!hasChromium)(`100,000 rows of 115 words${WHY_NOT}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'datagen-large-'))
  const file = join(folder, 'report.html')
  const browser = new Browser()
  let visit: Visit
  const times: Record<string, number> = {}
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true })
    const content = await largeReport(CELLS, 100)
    const from = performance.now()
    await writePrivately(file, pageTexts(content), { replace: true, compress: false })
    times['written'] = performance.now() - from
    times['characters'] = content.sizes.reduce((sum, size) => sum + size, 0)
    visit = await browser.open(file, 'light')
  }, 120_000)
  afterAll(async () => {
    console.log(JSON.stringify({ ...times, bytes: statSync(file).size }))
    await browser[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is painted before its rows are there', async () => {
    const { page } = visit
    const [paint, ready] = (await page.evaluate(
      `[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.getEntriesByName('rows')[0].startTime]`,
    )) as [number, number]
    Object.assign(times, { paint, ready })
    expect(paint).toBeLessThan(ready)
    expect(statSync(file).size).toBeLessThan(64e6)
    expect([visit.requests, visit.noise]).toEqual([[], []])
  })

  it('has only the lines that are seen, from the first to the last', async () => {
    const { page } = visit
    await page.locator('.list').focus()
    for (const [key, number] of [
      ['Home', '1'],
      ['End', '100,000'],
      ['PageUp', undefined],
      ['Home', '1'],
    ] as const) {
      await page.keyboard.press(key)
      if (number) expect(await page.locator('[aria-selected=true] .of-number').textContent()).toBe(number)
      expect(await page.locator('[role=option]').count()).toBeLessThan(60)
    }
    times['scroll'] = (await page.evaluate(`(async () => {
      const list = document.querySelector('.list')
      const from = performance.now()
      for (let i = 1; i <= 50; i++) { list.scrollTop = (list.scrollHeight * i) / 50; await new Promise(requestAnimationFrame) }
      return (performance.now() - from) / 50
    })()`)) as number
    expect(await page.locator('.option .of-number').last().textContent()).toBe('100,000')
  })

  it('finds one row among all', async () => {
    const { page } = visit
    const from = performance.now()
    await page.fill('#search', 'needle-in-a-haystack')
    await expect.poll(() => page.locator('[role=status]').textContent(), { timeout: 30_000 }).toContain('1 cell of 100,000')
    times['search'] = performance.now() - from
    expect(await page.locator('[role=option] .of-number').textContent()).toBe('100,000')
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  it('judges, rounds, runs and remarks are shown, and axe finds nothing', async () => {
    const { page } = visit
    expect(await page.locator('#overview').textContent()).toContain('gaps, round 2')
    expect(await page.locator('#overview').textContent()).toContain('gaps: 120 further cells at most, once broad is complete.')
    expect(await page.locator('#cost').textContent()).toContain('kept answers saved $31.20')
    expect(await page.locator('#judges svg').count()).toBe(2)
    for (const section of ['overview', 'judges', 'cost', 'coverage', 'lengths', 'cells']) {
      await page.locator(`#${section}`).screenshot({ path: join(PICTURES, `large-${section}.png`) })
    }
    expect(await accessibilityFaults(page)).toEqual([])
  })
})
