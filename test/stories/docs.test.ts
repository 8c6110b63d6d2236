/** The pages of docs/, executed: every whole config in them can be planned. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'

const DOCS = new URL('../../docs/', import.meta.url)
/** Pages whose configs read files that only they describe. */
const FILES: { readonly [page: string]: { readonly [path: string]: string } } = {
  'recipes.md': { 'docs/guide.md': '# Refunds\n\nWithin 30 days.\n', 'faq.csv': 'id,question,answer\na,Why?,Because.\n' },
}

const configs = readdirSync(DOCS)
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(new URL(page, DOCS), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
      .map(([, text = '']) => ({ page, text }))
      .filter(({ text }) => text.includes('export default defineConfig')),
  )

describe('docs', () => {
  it('show whole configs', () => expect(configs.length).toBeGreaterThan(0))

  it.each(configs)('a config in $page can be planned', async ({ page, text }) => {
    using project = new Project({ ...FILES[page], 'datagen.config.ts': text })
    expect(await project.run('plan')).toMatchObject({ code: 0, stderr: '' })
  })
})
