/** What a batch job brings is doubted as an answer asked online is, whoever collects it and whatever the config says by then. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import type { LineRule } from '../../../src/simulate/job-rules.ts'
import type { Built } from '../../rig/world.ts'
import { codes, config, halfPrice, PRICE, shop, sizes, twice } from './job-shop.ts'

const A = 'm'
const B = 'm-2026-01-01'
const moved = (contains: string): LineRule => ({ contains, what: 'moved', model: B })
const problems = ({ result }: Built) => result?.end.problems.map(({ code, count }) => `${count} ${code}`)
const notice = (built: Built, code: string) =>
  built.events.flatMap((event) => (event.type === 'notice' && event.diagnostic.code === code ? [event.diagnostic] : []))
const jobs = { jobs: {}, price: PRICE }
/** Of the first job alone. */
const first = (...lines: LineRule[]) => ({ jobs: [{ nth: [0], lines }] })
const asking = (prompt: string): Partial<Config> =>
  ({ recipe: { ...(config({ url: '' } as never).recipe as object), steps: { user: { ask: 'm', prompt } } } }) as unknown as Partial<Config>

describe('an answer of another snapshot than the pinned one', () => {
  it('is set aside and ends the build, those of the right one are kept, and it alone is asked for again', async () => {
    const { server, world } = await shop(first(moved('About t1'), moved('About t4')))
    const pinned = config(server, 6, {}, { pin: A })
    await world.build(pinned, jobs)
    const built = await world.build(pinned, jobs)
    expect([built.result?.exitCode, problems(built)]).toEqual([3, ['2 other-snapshot']])
    expect(built.result?.end.counts).toMatchObject({ accepted: 4, failed: 2, pending: 0 })
    expect(built.result?.end).toMatchObject({ collected: 4, calls: 0 })
    expect(notice(built, 'model/pinned')).toMatchObject([{ headline: `"m" is pinned to "${A}", and "${B}" answered` }])
    expect(notice(built, 'job/doubted')).toMatchObject([{ headline: '2 answers of batch job 1 are not believed' }])
    // All six were billed.
    expect(built.result?.end.usage.usd).toBeCloseTo(halfPrice(server), 12)
    expect([sizes(server), world.rows()]).toEqual([[6], undefined])

    await world.build(pinned, jobs)
    const done = await world.build(pinned, jobs)
    expect([done.result?.exitCode, sizes(server), world.rows()?.length]).toEqual([0, [6, 2], 6])
  })

  it('is told from the first that answered, or from the rows that there are', async () => {
    const { server, world } = await shop({
      jobs: [{ nth: [0], lines: [moved('About t2')] }, { lines: [{ every: 1, what: 'moved', model: B }] }],
    })
    const pinned = (cells: number) => config(server, cells, {}, { pin: true })
    await world.build(pinned(3), jobs)
    const built = await world.build(pinned(3), jobs)
    expect([built.result?.exitCode, problems(built)]).toEqual([3, ['1 other-snapshot']])
    await world.build(pinned(5), jobs)
    // Now all of them are of the other one: there are rows to hold them to.
    const again = await world.build(pinned(5), jobs)
    expect([again.result?.exitCode, problems(again), again.result?.end.counts.accepted]).toEqual([3, ['3 other-snapshot'], 2])
  })

  it('ends a build that waits for its jobs as well, with nothing handed over after it', async () => {
    const { server, world } = await shop(first(moved('About t1')))
    const built = await world.build(config(server, 3, {}, { pin: A }), { jobs: { wait: true } })
    expect([built.result?.exitCode, problems(built), sizes(server)]).toEqual([3, ['1 other-snapshot'], [3]])
  })

  it('is told where nothing is pinned: answers of jobs are counted by who gave them', async () => {
    const { server, world } = await shop(first(moved('About t1')))
    await world.build(config(server, 3), jobs)
    const built = await world.build(config(server, 3), jobs)
    expect(built.result?.exitCode).toBe(0)
    expect(notice(built, 'model/moved')).toMatchObject([
      {
        headline: '"openai:m" answered under 2 names in this build',
        facts: [
          [A, '2 answers'],
          [B, '1 answer'],
        ],
      },
    ])
  })
})

describe('one answer for two requests of a job (H16)', () => {
  const mixed = (contains: string): LineRule => ({ contains, what: 'mixed' })

  it.each([
    ['of the same few', 6],
    ['of the answers that were kept before', 300],
  ])('%s: both cells fail, neither is a row, and both are asked for again', async (_, cells) => {
    const { server, world } = await shop(first(mixed(`About t${cells - 1}.`)))
    await world.build(config(server, cells), jobs)
    const built = await world.build(config(server, cells), jobs)
    expect([built.result?.exitCode, problems(built)]).toEqual([1, ['2 repeated-answer']])
    expect(built.result?.end).toMatchObject({ cached: cells - 2, counts: { accepted: cells - 2, failed: 2 } })
    await world.build(config(server, cells), jobs)
    const done = await world.build(config(server, cells), jobs)
    expect([done.result?.exitCode, sizes(server).slice(1), world.rows()?.length]).toEqual([0, [2], cells])
  })

  it('is found while the build waits, and its cells are not asked again by the same build', async () => {
    const { server, world } = await shop(first(mixed('About t5')))
    const built = await world.build(config(server, 6), { jobs: { wait: true } })
    expect([built.result?.exitCode, problems(built), sizes(server)]).toEqual([1, ['2 repeated-answer'], [6]])
  })

  it('is found where the config asks the model no more', async () => {
    const { server, world } = await shop(first(mixed('About t2')))
    await world.build(config(server, 3), jobs)
    const other = config(server, 3, {}, { use: 'openai:another' })
    const gone = await world.build(other, { jobs: { mayOrder: false } })
    expect(notice(gone, 'job/doubted')).toMatchObject([{ facts: [['repeated-answer', expect.stringMatching(/^1: /)]] }])
    // What fell was of another config: when it is back, both are asked for.
    expect((await world.build(config(server, 3), jobs)).result?.end).toMatchObject({ calls: 2, counts: { accepted: 1, pending: 2 } })
  })
})

describe('a prompt of a job that the server cut (H27)', () => {
  const LONG = 'The quick brown fox jumps over the lazy dog, and the dog does not mind. '.repeat(200)
  const long = asking(`About {{ cell.topic }}. ${LONG}`)

  it('is paid for and no row, and is asked for again', async () => {
    const { server, world } = await shop(first({ contains: 'About t1', what: 'cut' }))
    await world.build(config(server, 3, long), jobs)
    const built = await world.build(config(server, 3, long), jobs)
    expect([built.result?.exitCode, problems(built)]).toEqual([1, ['1 prompt-truncated']])
    expect(built.result?.end.usage.usd).toBeCloseTo(halfPrice(server), 12)
    await world.build(config(server, 3, long), jobs)
    expect((await world.build(config(server, 3, long), jobs)).result?.exitCode).toBe(0)
    expect([sizes(server), world.rows()?.length]).toEqual([[3, 1], 3])
  })

  it('is found where the step has another text by now, and is a row where the config says so', async () => {
    const { server, world } = await shop(first({ contains: 'About t1', what: 'cut' }))
    await world.build(config(server, 3, long), jobs)
    const edited = await world.build(config(server, 3, asking('Tell of {{ cell.topic }}.')), { jobs: { mayOrder: false } })
    expect(notice(edited, 'job/doubted')).toMatchObject([{ facts: [['prompt-truncated', expect.stringContaining('read 10 of about')]] }])
    const frank = await shop(first({ contains: 'About t1', what: 'cut' }))
    const accepted = config(frank.server, 3, long, { truncatedPrompts: 'accept' })
    const built = await frank.world.build(accepted, { jobs: { wait: true } })
    expect([built.result?.exitCode, frank.world.rows()?.length]).toEqual([0, 3])
  })
})

describe('a process that dies while it collects', () => {
  it.each([
    ['a pinned model', [moved('About t1')], { pin: A }, 'other-snapshot', 1],
    ['an answer for two', [{ contains: 'About t3', what: 'mixed' } as const], {}, 'repeated-answer', 2],
  ])(
    '%s: what is doubted stays doubted, nothing is bought twice, and the rows are the same',
    { timeout: 120_000 },
    async (_, lines, model, code, fallen) => {
      const whole = await shop()
      await whole.world.build(config(whole.server, 4), { jobs: { wait: true } })
      const rows = whole.world.bytes('train.jsonl')
      let survived = false
      let [deaths, ended] = [0, 0]
      for (let killAfter = 0; !survived; killAfter++) {
        const { server, world } = await shop(first(...lines))
        const bound = config(server, 4, {}, model)
        await world.build(bound, { jobs: {} })
        const dying = await world.build(bound, { jobs: {}, killAfter })
        survived = dying.result !== undefined
        if (!survived) deaths++
        const found = await world.build(bound, { jobs: {} })
        // Where the job had ended, nobody hears of it again, and what fell is asked for at once.
        const had = found.result?.end.calls === fallen
        if (!survived) expect([killAfter, problems(found)]).toEqual([killAfter, had ? [] : [`${fallen} ${code}`]])
        if (had) ended++
        const done = await world.build(bound, { jobs: { wait: true } })
        expect([killAfter, done.result?.exitCode, codes(done.events)]).toEqual([killAfter, 0, []])
        expect([sizes(server), world.bytes('train.jsonl') === rows]).toEqual([[4, fallen], true])
        // Those that fell are other draws, or the same one, which no answer counted for.
        expect(twice(server).length).toBe(code === 'other-snapshot' ? fallen : 1)
      }
      expect(deaths).toBeGreaterThan(8)
      // The last operation, and that the dying build said so itself.
      expect(ended).toBeLessThanOrEqual(3)
    },
  )
})
