/** A real browser with a new profile, and pages in it that report every request, error and word on the console. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'
export const hasChromium = existsSync(EXECUTABLE)
export const WHY_NOT = hasChromium ? '' : ` (skipped: there is no ${EXECUTABLE})`

const ARGS = [
  '--no-sandbox', // tests run as root in containers
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Visit {
  readonly page: Page
  /** Everything the page asked for besides itself. */
  readonly requests: string[]
  /** Console messages, errors and dialogs. */
  readonly noise: string[]
}

export class Browser implements AsyncDisposable {
  readonly #profiles: string[] = []
  readonly #contexts: BrowserContext[] = []

  /** A page from a file, when it has everything. */
  async open(file: string, colorScheme: 'light' | 'dark', viewport = { width: 1280, height: 900 }): Promise<Visit> {
    const profile = mkdtempSync(join(tmpdir(), 'datagen-chromium-'))
    this.#profiles.push(profile)
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      headless: true,
      args: ARGS,
      colorScheme,
      viewport,
    })
    this.#contexts.push(context)
    const page = context.pages()[0] ?? (await context.newPage())
    const url = pathToFileURL(file).href
    const visit: Visit = { page, requests: [], noise: [] }
    context.on('request', (request) => {
      const asked = request.url().replace(/#.*$/, '')
      if (asked !== url) visit.requests.push(asked)
    })
    page.on('console', (message) => visit.noise.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => visit.noise.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => {
      visit.noise.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForSelector('html[data-rows]', { timeout: 60_000 })
    return visit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const context of this.#contexts) await context.close()
    for (const profile of this.#profiles) rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What axe-core has against a page, with the elements concerned. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // By the debugger, which a page's policy does not bind.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: injected } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> }
    }
    const { violations } = await injected.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  })
}
