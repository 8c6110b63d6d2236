/** What a script file may tell of jobs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readScript } from '../../../src/simulate/script-file.ts'
import type { DatagenError } from '../../../src/util/diagnostic.ts'

function problems(text: string): string[] {
  try {
    readScript('script.yaml', text)
    return []
  } catch (error) {
    return (error as DatagenError).diagnostics.map(({ headline }) => headline)
  }
}

it('the scripts of the pages on the Batch API and on the server can be read', () => {
  const scripts = ['batch-api', 'simulate-server'].flatMap((page) =>
    [...readFileSync(join(import.meta.dirname, `../../../docs/${page}.md`), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      (block) => block[1] as string,
    ),
  )
  const read = scripts.map((text) => readScript('script.yaml', text))
  expect(read.flatMap(({ jobs = [] }) => jobs).length).toBeGreaterThan(1)
})

it('a job and its lines come out as they were written', () => {
  const jobs = [
    { nth: [0, 2], looks: 3, outcome: 'expired', answered: 0.5, shuffled: true },
    {
      seconds: 30,
      lines: [
        { every: 10, what: 'error', status: 500 },
        { contains: 'csv', what: 'moved', model: 'm-2' },
      ],
    },
  ]
  expect(readScript('script.json', JSON.stringify({ jobs }))).toEqual({ jobs })
})

it.each([
  ['jobs: 3', '"jobs" must be a list'],
  ['jobs: [{ outcom: expired }]', 'there is no field "outcom" here'],
  ['jobs: [{ outcome: late }]', '"jobs.0.outcome" must be one of: completed, expired'],
  ['jobs: [{ shuffled: 1 }]', '"jobs.0.shuffled" must be true or false'],
  ['jobs: [{ nth: [first] }]', '"jobs.0.nth.0" must be a number from 0'],
  ['jobs: [{ lines: [{ every: 2 }] }]', '"what" is missing'],
  ['jobs: [{ lines: [{ what: eaten }] }]', '"jobs.0.lines.0.what" must be one of: error, missing'],
])('%s is a mistake', (text, headline) => {
  expect(problems(text)).toEqual([expect.stringContaining(headline)])
})
