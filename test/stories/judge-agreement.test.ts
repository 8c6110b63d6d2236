/** How far a judge agrees with people, and how its verdicts go over batches and time: told, warned of, and free. */
import { expect, it } from 'vitest'
import type { Config, JudgeCheck, Rubric } from '../../schema/config.ts'
import type { JudgeReport } from '../../src/events/judges.ts'
import { Reviews } from '../../src/review/reviews.ts'
import type { Score, Verdict } from '../../src/review/verdict.ts'
import { exampleMark } from '../../src/schedule/verdict.ts'
import { Speaker } from '../rig/speaker.ts'
import { type Built, World } from '../rig/world.ts'

const rubric: Rubric = {
  criteria: [
    { id: 'truth', guide: 'Is it true?', pass: 'partly', levels: ['no', 'partly', 'yes'].map((id) => ({ id, guide: `It is ${id}.` })) },
  ],
}
const judge: JudgeCheck = { check: 'judge', by: 'judge', rubric, severity: 'warn', controls: false }
const ids = (n: number) => Array.from({ length: n }, (_, i) => String(i))
const config = (rows: number, more: Partial<Config> = {}): Config => ({
  name: 'agreement',
  models: { tutor: 'openai:tutor', judge: 'openai:judge' },
  dimensions: { n: ids(rows) },
  recipe: {
    steps: { answer: { ask: 'tutor', prompt: 'number {{ cell.n }}' } },
    example: {
      messages: [
        { role: 'user', content: 'Number {{ cell.n }}?' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  checks: [judge],
  ...more,
})
/** The judge's level for each row by its number. */
const speaker = (level: (n: number) => string) =>
  new Speaker((model, message) => {
    if (model !== 'judge') return `It is ${message.split(' ').at(-1)}.`
    return JSON.stringify({ truth: { reasoning: 'So.', level: level(Number(/Number (\d+)\?/.exec(message)?.[1])) } })
  })

const digest = (n: number) =>
  exampleMark({
    messages: [
      { role: 'user', content: `Number ${n}?` },
      { role: 'assistant', content: `It is ${n}.` },
    ],
  }).slice(0, 32)
const about = (n: number, by = 'anna') => ({ by, revision: 1, cell: { n: String(n) }, sample: 0, example: digest(n) })
const said = (n: number, good: boolean): Verdict =>
  good ? { ...about(n), verdict: 'accept', over: [] } : { ...about(n), verdict: 'reject', reason: 'no' }
const levelled = (n: number, truth: string, by?: string): Score => ({ ...about(n, by), verdict: 'score', scores: { truth } })

const report = ({ result }: Built) => result?.end.judges?.[0] as JudgeReport
const remarks = ({ events }: Built) =>
  events.flatMap((event) => (event.type === 'notice' && event.diagnostic.code.startsWith('judge/') ? [event.diagnostic] : []))

it('κ is told for what passes and for each criterion, with rows and interval, and nothing is asked for that', async () => {
  using world = new World(speaker((n) => (n % 4 === 0 ? 'no' : n % 4 === 1 ? 'partly' : 'yes')))
  await world.build(config(24))
  const verdicts = [
    ...ids(24).map((n) => said(Number(n), Number(n) % 4 !== 0)),
    ...ids(12).map((n) => levelled(Number(n), Number(n) % 4 === 0 ? 'no' : 'yes')),
  ]
  const built = await world.build(config(24), { reviews: new Reviews(verdicts) })
  expect(built.calls).toEqual([])
  const [passes, truth, ...others] = report(built).agreement
  expect(others).toEqual([])
  expect(passes).toEqual({ rows: 24, observed: 1, kappa: 1, low: 1, high: 1 })
  expect(truth).toMatchObject({ criterion: 'truth', rows: 12, observed: 0.75 })
  // A near miss counts less with weights than without.
  expect(truth?.kappa).toBeGreaterThan(truth?.unweighted as number)
  expect(truth?.low).toBeLessThan(truth?.kappa as number)
  expect(remarks(built)).toEqual([])
})

it('a judge that agrees with people by chance is warned of, from twenty rows', async () => {
  using world = new World(speaker((n) => (n % 2 === 0 ? 'no' : 'yes')))
  const verdicts = (rows: number) => new Reviews(ids(rows).map((n) => said(Number(n), Math.floor(Number(n) / 2) % 2 === 0)))
  const few = await world.build(config(24), { reviews: verdicts(16) })
  expect([report(few).agreement[0]?.kappa, remarks(few)]).toEqual([0, []])
  const many = await world.build(config(24), { reviews: verdicts(24) })
  expect(remarks(many).map(({ code, severity, headline }) => [code, severity, headline])).toEqual([
    [
      'judge/agreement',
      'warning',
      'the judge of "judge" agrees with people little more than by chance: κ 0.00 over 24 rows, at least 0.4 wanted',
    ],
  ])
  expect([many.calls, many.result?.exitCode]).toEqual([[], 0])
})

it('of several people the middle level counts, a later one takes the place of an earlier, and words that are not there are not compared', async () => {
  using world = new World(speaker(() => 'yes'))
  await world.build(config(4))
  const reviews = new Reviews([
    levelled(0, 'no', 'anna'),
    levelled(0, 'yes', 'ben'),
    levelled(0, 'yes', 'carl'),
    levelled(1, 'no'),
    { ...levelled(1, 'yes'), revision: 2 },
    { ...levelled(2, 'no'), example: 'f'.repeat(32) },
    levelled(3, 'unheard of'),
  ])
  const built = await world.build(config(4), { reviews })
  expect(report(built).agreement).toEqual([{ criterion: 'truth', rows: 2, observed: 1 }])
})

it('a judge’s scores that fall from first to last row are a drift, and batches that pass otherwise are told apart', async () => {
  using world = new World(speaker((n) => (n < 60 ? 'yes' : 'no')))
  const built = await world.build(config(100))
  expect(
    report(built).batches.map(({ batch, rows, passed, drift }) => [batch, rows, passed, drift?.delta, drift?.first, drift?.last]),
  ).toEqual([['all', 100, 60, 1, 1, 0]])
  expect(remarks(built).map(({ headline, facts }) => [headline, facts])).toEqual([
    [
      'the judge of "judge" finds rows of batch "all" worse from first to last: 1.00, more than 0.33',
      [['score', 'from 1.00 to 0.00 (means of the first and last quarter)']],
    ],
  ])
  const batches: Config['batches'] = {
    first: { where: { n: ids(50) }, gate: { measures: ['judge'] } },
    second: { after: ['first'], where: { n: ids(100).slice(50) } },
  }
  const split = await world.build(config(100, { batches }))
  expect(split.calls).toEqual([])
  expect(remarks(split).map(({ code, headline }) => [code, headline])).toEqual([
    [
      'judge/passes',
      expect.stringMatching(
        /^the judge of "judge" passes fewer rows of batch "second" than of "first": 10 of 50 rows \(20 %, truly 11 % to 33 %\)$/,
      ),
    ],
  ])
})

it('a drift that fails closes a gate before the next batch is paid for', async () => {
  using world = new World(speaker((n) => (n < 60 ? 'yes' : 'no')))
  const batches: Config['batches'] = {
    first: { where: { n: ids(100) }, gate: { measures: ['judge'] } },
    second: { after: ['first'], where: { n: ids(110).slice(100) } },
  }
  const built = await world.build(config(110, { batches }))
  expect([built.calls.length, built.result?.end.counts.pending, built.result?.exitCode]).toEqual([200, 10, 1])
})
