/** `datagen report`: a page that says what there is, in a real browser; nothing leaves it, and nothing in it is obeyed. */
import { mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityFaults, Browser, hasChromium, WHY_NOT } from '../rig/chromium.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

const CONFIG = 'datagen.config.yaml'
const PAGE = '.datagen/report.html'
/** Looked at by people: kept between runs. */
const PICTURES = join(tmpdir(), 'datagen-report-pictures')

const HOSTILE_VALUE = '<img src=x onerror=alert(1)>'
const RLO = '\u202e'
const HOSTILE_TEXT = `</script><script>alert(2)</script><!-- <b onmouseover="alert(3)">=HYPERLINK("http://evil.test/","x")</b> ${RLO}gnp.exe \u2028 end`
const LONG = 10 * 1024 * 1024

let server: TestServer
let project: Project
let browser: Browser
beforeAll(async () => {
  server = await startServer({
    script: {
      answers: [
        { contains: `About csv for ${HOSTILE_VALUE}`, content: HOSTILE_TEXT },
        { contains: 'About json for beginner', content: `${'long '.repeat(LONG / 5)}the end` },
        { contains: 'About json for expert', content: 'I am sorry to say so.' },
      ],
      rules: [{ contains: 'About xml for expert', fault: { kind: 'status', status: 400 } }],
    },
  })
  browser = new Browser()
  project = new Project({ [CONFIG]: config() })
  expect((await project.run('build', '--yes')).code).toBe(1)
  mkdirSync(PICTURES, { recursive: true })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  project[Symbol.dispose]()
  await server.close()
})

const config = () => `name: '<i>report</i>'
models:
  m: { use: 'openai:m', baseUrl: '${server.url}', price: { input: 1, output: 10 } }
dimensions:
  topic: [csv, json, xml]
  level: [beginner, expert, '${HOSTILE_VALUE}']
recipe:
  steps:
    answer: { ask: m, prompt: 'About {{ cell.topic }} for {{ cell.level }}' }
  example:
    messages:
      - { role: user, content: 'Tell me about {{ cell.topic }}, I am {{ cell.level }}' }
      - { role: assistant, content: '{{ steps.answer }}' }
batches:
  first: { where: { topic: [csv, json] } }
  second: { where: { topic: xml }, after: [first] }
checks:
  - { check: forbid, of: assistant, phrases: [sorry] }
outputs:
  train: { path: data/train.jsonl, batches: [first, second] }
`

describe('in the terminal', () => {
  it('says in a few lines what came, and where the page is', async () => {
    const before = (await server.requests()).length
    const { code, stdout, stderr } = await project.run('report')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(' <i>report</i>\n cells    7 of 9 accepted, 1 rejected, 1 failed\n')
    expect(stdout).toContain(' batch    first    5 of 6 accepted, 1 rejected\n batch    second   2 of 3 accepted, 1 failed\n')
    expect(stdout).toMatch(/1 × forbid: the assistant text has the phrase "sorry"/)
    expect(stdout).toContain(' coverage 6 of 6 values, 7 of 9 pairs')
    expect(stdout).toMatch(/ cost {5}\$0\.\d+ for 8 answers behind rows\n/)
    expect(stdout).toMatch(/ runs {5}1 run, 9 calls\n/)
    expect(stdout).toMatch(/ page {5}\.datagen\/report\.html, \d+ KB\n$/)
    expect((await server.requests()).length).toBe(before)
  })

  it('as JSON it is the same data: the report, then a line for each cell; no page is written', async () => {
    const limits = '  - { check: templates, limits: { opening: { warn: 0.7, fail: 0.8 } } }\n'
    using at = new Project({ [CONFIG]: config().replace('outputs:', `${limits}outputs:`) })
    await at.run('build', '--yes', '--max-calls', '2')
    const { stdout } = await at.run('report', '--json')
    const [report, ...cells] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(report).toMatchObject({ type: 'report', schema: 1, counts: { items: 9, accepted: 2, pending: 7 }, simulated: [] })
    const openings = report.measures.checks.filter(({ id }: { id: string }) => id === 'opening')
    expect(openings.map(({ warn, fail }: { warn: number; fail: number }) => [warn, fail])).toEqual([
      [0.7, 0.8],
      [0.7, 0.8],
    ])
    expect(cells.length).toBe(9)
    expect(cells[0]).toMatchObject({ type: 'cell', batch: 'first', cell: { topic: 'csv', level: 'beginner' }, state: 'accepted' })
    expect(cells[0].row.messages[0]).toEqual({ role: 'user', content: 'Tell me about csv, I am beginner' })
    expect(cells.at(-1)).toMatchObject({ batch: 'second', state: 'pending', why: { code: 'to ask', message: 'new' } })
    expect(cells.map(({ state }) => state).filter((state) => state === 'accepted').length).toBe(2)
    expect(at.has(PAGE)).toBe(false)
  })

  it('before the first build there is a report too, and of one batch alone', async () => {
    using at = new Project({ [CONFIG]: config() })
    const { code, stdout } = await at.run('report', 'second', '--open')
    expect([code, stdout]).toEqual([0, `${at.path(PAGE)}\n`])
    expect(at.names('.datagen')).toEqual(['.gitignore', 'report.html'])
    expect(statSync(at.path(PAGE)).mode & 0o777).toBe(0o600)
    const { stdout: json } = await at.run('report', 'second', '--json')
    expect(json.trimEnd().split('\n').length).toBe(1 + 3)
  })

  it('writes where it is told to, and never over what is no report', async () => {
    expect((await project.run('report', '--out', 'page.html')).code).toBe(0)
    expect((await project.run('report', '--out', 'page.html')).code).toBe(0)
    expect(project.read('page.html')).toMatch(/^<!doctype html>\n<!-- datagen report -->/)
    const { code, stderr } = await project.run('report', '--out', CONFIG)
    expect(code).toBe(2)
    expect(stderr).toContain('it is no report')
    expect(project.read(CONFIG)).toBe(config())
  })

  it('a name that is no target is told with the nearest', async () => {
    const { code, stderr } = await project.run('report', 'trian')
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "train"?')])
  })
})

describe.skipIf(!hasChromium)(`the page${WHY_NOT}`, () => {
  const page = () => project.path(PAGE)

  it.each(['light', 'dark'] as const)(
    'in %s: every section, nothing asked, nothing said on the console, nothing that axe finds',
    async (scheme) => {
      await project.run('report')
      const visit = await browser.open(page(), scheme)
      const { page: tab } = visit
      expect(await tab.locator('h2').allTextContents()).toEqual([
        'What was asked and what came',
        'Coverage',
        'Lengths',
        'Duplicates and templates',
        'Judges',
        'Cost',
        'Every cell',
      ])
      expect(await tab.locator('#name').textContent()).toBe('<i>report</i>')
      expect(await tab.locator('.tile dd').allTextContents()).toEqual(['9', '777.8 %', '1', '1', '0', expect.stringMatching(/^\$/)])
      const ground = await tab.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(ground).toBe(scheme === 'dark' ? 'rgb(18, 19, 22)' : 'rgb(247, 247, 245)')
      for (const section of ['overview', 'coverage', 'lengths', 'habits', 'cost', 'cells'])
        await tab.locator(`#${section}`).screenshot({ path: join(PICTURES, `${scheme}-${section}.png`) })
      expect(await accessibilityFaults(tab)).toEqual([])
      expect([visit.requests, visit.noise]).toEqual([[], []])
    },
  )

  it('marks pairs without a row, for any two dimensions', async () => {
    const { page: tab } = await browser.open(page(), 'light')
    expect(await tab.locator('.heatmap tbody tr').allTextContents()).toEqual(['csv111', 'json101', 'xml101'])
    expect(await tab.locator('.heatmap td.empty').count()).toBe(2)
    await tab.selectOption('#coverage-a', { label: 'level' })
    await tab.selectOption('#coverage-b', { label: 'topic' })
    expect(await tab.locator('.heatmap tbody tr').nth(1).textContent()).toBe('expert100')
  })

  it('finds cells by value, verdict, batch and text', async () => {
    const { page: tab } = await browser.open(page(), 'light')
    const shown = () => tab.locator('[role=status]').textContent()
    await expect.poll(shown).toContain('9 cells of 9')
    await tab.selectOption('select[aria-label=verdict]', { label: 'rejected' })
    await expect.poll(shown).toContain('1 cell of 9')
    expect(await tab.locator('[role=option]').textContent()).toContain('json × expert')
    await tab.getByRole('button', { name: 'Clear' }).click()
    await tab.selectOption('select[aria-label=topic]', { label: 'xml' })
    await expect.poll(shown).toContain('3 cells of 9')
    await tab.selectOption('select[aria-label=batch]', { label: 'first' })
    await expect.poll(shown).toContain('0 cells of 9')
    await tab.getByRole('button', { name: 'Clear' }).click()
    await tab.fill('#search', 'HYPERLINK(')
    await expect.poll(shown).toContain('1 cell of 9')
    await tab.locator('[role=option]').click()
    expect(await tab.locator('.detail mark').allTextContents()).toEqual(['HYPERLINK('])
  })

  it('is walked by keys alone', async () => {
    const { page: tab } = await browser.open(page(), 'light')
    await tab.keyboard.press('Tab')
    expect(await tab.evaluate('document.activeElement.textContent')).toBe('To the cells')
    await tab.keyboard.press('Enter')
    await tab.locator('.list').focus()
    const chosen = () => tab.locator('[aria-selected=true]').textContent()
    for (const [key, cell] of [
      ['ArrowDown', 'csv × beginner'],
      ['ArrowDown', 'csv × expert'],
      ['End', 'xml × '],
      ['ArrowUp', 'xml × expert'],
      ['Home', 'csv × beginner'],
    ] as const) {
      await tab.keyboard.press(key)
      expect(await chosen()).toContain(cell)
      expect(await tab.locator('.detail h3').textContent()).toContain(cell)
    }
    await tab.keyboard.press('Enter')
    expect(await tab.evaluate('document.activeElement.className')).toBe('detail')
    // Every tab stop can be seen and left again.
    const stops = new Set<string>()
    for (let i = 0; i < 40; i++) {
      await tab.keyboard.press('Shift+Tab')
      stops.add(
        String(await tab.evaluate('document.activeElement.id || document.activeElement.className || document.activeElement.tagName')),
      )
    }
    expect([...stops]).toEqual(expect.arrayContaining(['list', 'search', 'coverage-a', 'coverage-b', 'theme']))
  })

  it('the switch goes before the system', async () => {
    const { page: tab } = await browser.open(page(), 'light')
    await tab.selectOption('#theme', 'dark')
    expect(await tab.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(18, 19, 22)')
    await tab.selectOption('#theme', 'light')
    expect(await tab.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(247, 247, 245)')
  })

  it('hostile words of models and values are words: no element, no script, no reordering, and 10 MB are cut', async () => {
    const visit = await browser.open(page(), 'light')
    const { page: tab } = visit
    const allowed = await tab.evaluate(() => {
      const { document } = globalThis as unknown as { document: { querySelectorAll(selector: string): { length: number } } }
      return [document.querySelectorAll('img, iframe, b, i, a[href^="http"]').length, document.querySelectorAll('script').length]
    })
    // The report, the page's own script; blocks are removed as they are unpacked.
    expect(allowed).toEqual([0, 2])
    await tab.fill('#search', 'gnp.exe')
    await expect.poll(() => tab.locator('[role=status]').textContent()).toContain('1 cell of 9')
    await tab.locator('[role=option]').click()
    const text = await tab.locator('.detail .message.assistant .text').textContent()
    expect(text).toBe(HOSTILE_TEXT.replace(RLO, '\\u202e').replace('\u2028', '\\u2028'))
    await tab.screenshot({ path: join(PICTURES, 'hostile.png') })
    await tab.getByRole('button', { name: 'Clear' }).click()
    await tab.selectOption('select[aria-label=topic]', { label: 'json' })
    await tab.locator('[role=option]').first().click()
    expect(await tab.locator('.detail').textContent()).toContain('Cut off after 200,000 characters')
    await tab.getByRole('button', { name: 'Show all' }).click()
    expect(((await tab.locator('.detail .message.assistant .text').textContent()) ?? '').length).toBeGreaterThan(190_000)
    expect(statSync(page()).size).toBeLessThan(400_000)
    expect([visit.requests, visit.noise]).toEqual([[], []])
  })

  it('nothing can be run in it, not even by its own elements', async () => {
    const { page: tab } = await browser.open(page(), 'light')
    await tab.evaluate(`(() => {
      const script = document.createElement('script')
      try { script.textContent = 'window.ran = 1' } catch {}
      document.body.append(script)
      try { document.body.insertAdjacentHTML('beforeend', '<img src="http://evil.test/">') } catch {}
    })()`)
    expect(await tab.evaluate('[window.ran, document.images.length]')).toEqual([undefined, 0])
  })

  it('is readable on a narrow screen', async () => {
    const { page: tab } = await browser.open(page(), 'light', { width: 380, height: 800 })
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(380)
    await tab.screenshot({ path: join(PICTURES, 'narrow.png'), fullPage: true })
  })

  it('simulated answers are announced above everything', async () => {
    using at = new Project({
      [CONFIG]: config()
        .replace(/use: 'openai:m', baseUrl: '[^']*', price: [^}]*}/, 'use: simulated, simulate: { latencyMs: 0 } ')
        .replace('[sorry]', '[qqq]'),
    })
    expect((await at.run('build', '--yes')).code).toBe(0)
    expect((await at.run('report')).stdout).toContain('not for training: the answers are simulated (m)')
    const { page: tab } = await browser.open(at.path(PAGE), 'dark')
    expect(await tab.locator('#banner').isVisible()).toBe(true)
    expect(await tab.locator('#banner').textContent()).toMatch(/^Not for training\. Answers are simulated \(m\)/)
  })
})
