/** Requests handed over in batch jobs: once each, in waves, and whatever comes of a job, nothing is lost and nothing bought twice. */
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import type { AskSpec } from '../../../src/config/dataset.ts'
import { wireUse } from '../../../src/generate/capability/use.ts'
import { EVERYTHING } from '../../../src/schedule/scope.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'
import { codes, config, halfPrice, type JobShop, jobEvents, PRICE, shop, sizes, twice, values } from './job-shop.ts'

describe('a wave', () => {
  it('is handed over once, waits with exit 0, is collected by the next build, and costs half', async () => {
    const { server, world } = await shop({ jobs: [{ looks: 1 }] })
    const first = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(first.result?.end).toMatchObject({
      exitCode: 0,
      calls: 6,
      counts: { accepted: 0, pending: 6 },
      waiting: { items: 6, jobs: 1, requests: 6 },
    })
    expect(first.result?.settled).toBe(false)
    expect(world.rows()).toBeUndefined()
    expect(jobEvents(first)).toMatchObject([{ state: 'submitted', requests: 6, use: 'openai:m', reasons: [{ reason: 'new', count: 6 }] }])

    const second = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(second.result?.end).toMatchObject({ exitCode: 0, calls: 0, waiting: { items: 6 }, usage: { usd: 0 } })
    expect(server.state.board.jobs).toHaveLength(1)

    const third = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(third.result?.end).toMatchObject({ exitCode: 0, calls: 0, collected: 6, counts: { accepted: 6, pending: 0 } })
    expect(third.result?.end.usage.usd).toBeCloseTo(halfPrice(server), 12)
    expect(third.result?.settled).toBe(true)
    expect(world.rows()).toHaveLength(6)
    expect([twice(server), world.provider.calls.length]).toEqual([[], 0])

    const fourth = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(fourth.result?.end).toMatchObject({ exitCode: 0, calls: 0, cached: 6 })
    expect(fourth.result?.end.collected).toBeUndefined()
  })

  it('of an earlier build needed no call of the one that stays for it', async () => {
    const { server, world } = await shop({ jobs: [{ looks: 1 }] })
    await world.build(config(server, 2), { jobs: {} })
    const { result } = await world.build(config(server, 6), { jobs: { wait: true }, price: PRICE })
    expect(result?.end).toMatchObject({ cached: 2, generated: 4, collected: 6, counts: { accepted: 6 } })
  })

  it('that more cells wait for than were asked for leaves none of them to do', async () => {
    const { server, world } = await shop({ jobs: [{ looks: 9 }] })
    await world.build(config(server), { jobs: {} })
    const scope = { ...EVERYTHING, item: ({ index }: { readonly index: number }) => index < 2 }
    const { result } = await world.build(config(server), { jobs: {}, scope })
    expect(result?.end).toMatchObject({ counts: { pending: 6 }, waiting: { items: 6 } })
  })

  it('that cannot be handed over waits for nothing', async () => {
    const { server, world } = await shop()
    const { result } = await world.build(config(server, 3, {}, { baseUrl: 'http://127.0.0.1:9/v1' }), { jobs: {} })
    expect(result?.end).toMatchObject({ exitCode: 3, calls: 0, counts: { pending: 3 } })
    expect(result?.end.waiting).toBeUndefined()
  })

  it('gives the rows that asking online gives, under the same keys', async () => {
    const { server, world } = await shop()
    await world.build(config(server), { jobs: { wait: true } })
    const online = new World(new ScriptedProvider({ content: (_, { body }) => textOf(world, body) }))
    onTestFinished(() => online[Symbol.dispose]())
    await online.build(config(server))
    expect(online.rows()?.map(({ row, meta }) => [row, meta.steps['user']?.key])).toEqual(
      world.rows()?.map(({ row, meta }) => [row, meta.steps['user']?.key]),
    )
  })

  it('of a model of the Responses API has lines of that API, and gives the rows and keys of asking online', async () => {
    const { server, world } = await shop()
    const asked = config(server, 3, {}, { api: 'responses' })
    const built = await world.build(asked, { jobs: { wait: true }, price: PRICE })
    const [job] = server.state.board.jobs
    expect([built.result?.exitCode, job?.endpoint, job?.lines.map(({ url }) => url)]).toEqual([
      0,
      '/v1/responses',
      Array(3).fill('/v1/responses'),
    ])
    expect(job?.lines.map(({ body }) => body).sort((a, b) => (String(a['input']) < String(b['input']) ? -1 : 1))[0]).toEqual({
      model: 'm',
      input: [{ role: 'user', content: 'About t0.' }],
      store: false,
    })
    expect(built.result?.end.usage.usd).toBeCloseTo(halfPrice(server), 12)
    const online = new World(new ScriptedProvider({ content: (_, { body }) => textOf(world, body) }))
    onTestFinished(() => online[Symbol.dispose]())
    await online.build(config(server, 3, {}, { api: 'responses', transport: 'online' }))
    expect(online.rows()?.map(({ row, meta }) => [row, meta.steps['user']?.key])).toEqual(
      world.rows()?.map(({ row, meta }) => [row, meta.steps['user']?.key]),
    )
  })

  it.each([
    ['chat', '/chat/completions'],
    ['responses', '/v1/responses'],
  ])('of Azure (%s) has its paths: lines say which API they are for, the job always the same', async (api, url) => {
    const { server, world } = await shop()
    const { result } = await world.build(config(server, 2, {}, { use: 'azure:deployment', api }), { jobs: { wait: true } })
    const [job] = server.state.board.jobs
    expect([result?.exitCode, job?.endpoint, job?.lines.map((line) => line.url)]).toEqual([0, '/chat/completions', [url, url]])
  })

  it('follows the one before: each step of a recipe is a job of its own', async () => {
    const { server, world } = await shop()
    const two = config(server, 4, {
      recipe: {
        steps: { user: { ask: 'm', prompt: 'Ask about {{ cell.topic }}.' }, answer: { ask: 'm', prompt: '{{ steps.user }}' } },
        example: {
          messages: [
            { role: 'user', content: '{{ steps.user }}' },
            { role: 'assistant', content: '{{ steps.answer }}' },
          ],
        },
      },
    } as Partial<Config>)
    const waves: number[] = []
    for (let build = 0; build < 3; build++) {
      const { result } = await world.build(two, { jobs: {} })
      expect(result?.end.exitCode).toBe(0)
      waves.push(server.state.board.jobs.length)
    }
    expect(waves).toEqual([1, 2, 2])
    expect(world.rows()).toHaveLength(4)
    expect(sizes(server)).toEqual([4, 4])
  })

  it('judges are a wave as well, and --wait goes through all of them', async () => {
    const { server, world } = await shop({ jobs: [{ looks: 2 }] })
    const levels = ['no', 'yes'].map((id) => ({ id, guide: `It is ${id}.` }))
    const rubric = { criteria: [{ id: 'clear', guide: 'Is it clear?', pass: 'yes', levels }] }
    const judged = config(server, 3, { checks: [{ check: 'judge', by: 'm', rubric }] } as unknown as Partial<Config>)
    const { result } = await world.build(judged, { jobs: { wait: true } })
    // Whatever a judge's verdict is worth, it is asked for in jobs of its own, behind those of the rows.
    expect(server.state.board.jobs[0]?.lines).toHaveLength(3)
    expect(server.state.board.jobs.slice(1).every(({ lines }) => lines.every(({ text }) => text.includes('Is it clear?')))).toBe(true)
    expect(server.state.board.jobs.length).toBeGreaterThanOrEqual(2)
    expect([result?.end.waiting, twice(server), world.provider.calls.length]).toEqual([undefined, [], 0])
  })

  it('has no part in questions about a judge’s controls: they are asked online, and the plan counts them so', async () => {
    const { server, world } = await shop()
    const levels = ['no', 'yes'].map((id) => ({ id, guide: `It is ${id}.` }))
    const rubric = { criteria: [{ id: 'clear', guide: 'Is it clear?', pass: 'yes', levels }] }
    const judged = config(server, 30, { checks: [{ check: 'judge', by: 'm', rubric }] } as unknown as Partial<Config>)
    const { plan } = await world.build(judged, { jobs: {} })
    expect(plan.controls).toBe(4)
    expect(plan.calls).toMatchObject([{ calls: 30, followUps: 30 + plan.controls, online: plan.controls }])
  })

  it('of 120,000 requests is three jobs', { timeout: 170_000 }, async () => {
    const { server, world } = await shop()
    const big = config(server, 1, {
      dimensions: { a: values(400, 'a'), b: values(300, 'b') },
      recipe: {
        steps: { user: { ask: 'm', prompt: '{{ cell.a }} {{ cell.b }}' } },
        example: {
          messages: [
            { role: 'user', content: 'x' },
            { role: 'assistant', content: '{{ steps.user }}' },
          ],
        },
      },
      maxCells: 120_000,
      outputs: { train: {} },
    } as unknown as Partial<Config>)
    // What an earlier build found keeps the first of them from going ahead online.
    const [step] = (await world.dataset(big)).recipe.steps
    world.known.set(wireUse(step as AskSpec).id, { findings: [], time: '2026-01-01T00:00:00.000Z', by: 'build' })
    const { result, events } = await world.build(big, { jobs: {} })
    expect(sizes(server)).toEqual([50_000, 50_000, 20_000])
    expect(result?.end).toMatchObject({ exitCode: 0, calls: 120_000, waiting: { items: 120_000, jobs: 3, requests: 120_000 } })
    expect(events.filter(({ type }) => type === 'job')).toHaveLength(3)
  })

  it('is cut where the config wants it smaller, by requests and by bytes', async () => {
    const { server, world } = await shop()
    await world.build(config(server, 7, {}, { jobs: { requests: 3 } }), { jobs: {} })
    expect(sizes(server)).toEqual([3, 3, 1])
    const bytes = await shop()
    await bytes.world.build(config(bytes.server, 7, {}, { jobs: { megabytes: 0.0005 } }), { jobs: {} })
    expect(sizes(bytes.server)).toEqual([2, 2, 2, 1])
  })
})

describe('a job that does not go well', () => {
  /** Builds until nothing waits any more, as on as many days. */
  async function untilDone({ server, world }: JobShop, most = 6, how: Config = config(server)): Promise<Built[]> {
    const built: Built[] = []
    for (let day = 0; day < most; day++) {
      built.push(await world.build(how, { jobs: {}, price: PRICE }))
      if (!built.at(-1)?.result?.end.waiting) break
    }
    return built
  }
  const cost = (built: readonly Built[]) => built.reduce((usd, { result }) => usd + (result?.end.usage.usd ?? 0), 0)

  it.each([
    ['expired with half of it answered', { nth: [0], outcome: 'expired' as const, answered: 0.5 }, 3],
    ['answered in another order', { nth: [0], shuffled: true }, 0],
    ['every second line failed', { nth: [0], lines: [{ every: 2, what: 'error' as const }] }, 3],
    ['some results missing', { nth: [0], lines: [{ every: 3, what: 'missing' as const }] }, 2],
    ['a 200 that is no answer', { nth: [0], lines: [{ every: 6, what: 'empty' as const }] }, 1],
  ])('%s: what came is kept, the rest is handed over alone, all of it at half price', async (_, rule, again) => {
    const both = await shop({ jobs: [rule] })
    const built = await untilDone(both)
    const { server, world } = both
    expect(built.at(-1)?.result?.end).toMatchObject({ exitCode: 0, counts: { accepted: 6 } })
    expect(sizes(server)).toEqual(again > 0 ? [6, again] : [6])
    expect(world.rows()).toHaveLength(6)
    expect(cost(built)).toBeCloseTo(halfPrice(server), 12)
    // An empty answer was made and is billed by the server of this test alone.
    expect(server.state.ledger.totals.inJobs.requests).toBe(6)
  })

  it.each(['repeated', 'stranger', 'broken'] as const)('a line too many, %s, is named and changes nothing', async (what) => {
    const both = await shop({ jobs: [{ lines: [{ every: 3, what }] }] })
    const built = await untilDone(both)
    const plain = await shop()
    await untilDone(plain)
    expect(both.world.bytes('train.jsonl')).toBe(plain.world.bytes('train.jsonl'))
    expect(built.flatMap(({ events }) => codes(events))).toContain(
      { repeated: 'job/repeated', stranger: 'job/unknown', broken: 'job/unreadable' }[what],
    )
    expect(both.server.state.board.jobs).toHaveLength(1)
  })

  it('a request that is refused fails its cell in the build that hears of it, and is asked again by the next', async () => {
    const both = await shop({ jobs: [{ lines: [{ contains: 'About t3', what: 'error', status: 400, code: 'invalid_prompt' }] }] })
    const { server, world } = both
    await world.build(config(server), { jobs: {} })
    const second = await world.build(config(server), { jobs: {} })
    expect(second.result?.end).toMatchObject({
      exitCode: 1,
      counts: { accepted: 5, failed: 1 },
      problems: [{ code: 'bad-request', count: 1 }],
    })
    expect(server.state.board.jobs).toHaveLength(1)
    expect((await world.build(config(server), { jobs: {} })).result?.end).toMatchObject({ exitCode: 0, waiting: { requests: 1 } })
  })

  it('a prompt that a filter refused is remembered, costs nothing and is not handed over again', async () => {
    const both = await shop({ jobs: [{ lines: [{ contains: 'About t3', what: 'error', status: 400, code: 'content_filter' }] }] })
    const { server, world } = both
    await world.build(config(server), { jobs: {}, price: PRICE })
    const second = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(second.result?.end).toMatchObject({ exitCode: 1, counts: { accepted: 5, rejected: 1 }, problems: [{ code: 'prompt-filtered' }] })
    expect(cost([second])).toBeCloseTo(halfPrice(server), 12)
    const third = await world.build(config(server), { jobs: {}, price: PRICE })
    expect(third.result?.end).toMatchObject({ exitCode: 1, calls: 0, counts: { accepted: 5, rejected: 1 } })
    expect(server.state.board.jobs).toHaveLength(1)
  })

  it('without credit inside its lines ends the build; those lines are not finished, and the others are kept', async () => {
    const quota = { every: 2, what: 'error' as const, status: 429, code: 'insufficient_quota' }
    const both = await shop({ jobs: [{ nth: [0], lines: [quota] }] })
    const { server, world } = both
    await world.build(config(server), { jobs: {} })
    const second = await world.build(config(server), { jobs: {} })
    expect(second.result?.end).toMatchObject({ exitCode: 3, counts: { accepted: 3, pending: 3, failed: 0, rejected: 0 } })
    expect(server.state.board.jobs).toHaveLength(1)
    const [, last] = await untilDone(both)
    expect(last?.result?.end).toMatchObject({ exitCode: 0, counts: { accepted: 6 } })
    expect(sizes(server)).toEqual([6, 3])
  })

  it('with answers that cannot be fetched buys nothing again until somebody says so', async () => {
    const { server, world } = await shop({ jobs: [{ noOutput: true }] })
    await world.build(config(server), { jobs: {} })
    for (let day = 0; day < 2; day++) {
      const { result, events } = await world.build(config(server), { jobs: {} })
      expect([result?.end.exitCode, codes(events)]).toEqual([3, expect.arrayContaining(['job/no-output'])])
    }
    expect(server.state.board.jobs).toHaveLength(1)
  })

  it('turned down as a whole ends the build, and its requests are free again', async () => {
    const { server, world } = await shop({ jobs: [{ nth: [0], problem: 'model_not_found' }] })
    await world.build(config(server), { jobs: {} })
    const second = await world.build(config(server), { jobs: {} })
    expect(second.result?.end).toMatchObject({ exitCode: 3, counts: { pending: 6 } })
    expect((await world.build(config(server), { jobs: { wait: true } })).result?.end).toMatchObject({
      exitCode: 0,
      counts: { accepted: 6 },
    })
  })

  it('turned down because the queue is full goes in when the one before has ended', async () => {
    const { server, world } = await shop({ jobs: [{ nth: [1], problem: 'token_limit_exceeded' }, { looks: 3 }] })
    const { result } = await world.build(config(server, 4, {}, { jobs: { requests: 2 } }), { jobs: { wait: true } })
    expect(result?.end).toMatchObject({ exitCode: 0, counts: { accepted: 4 } })
    expect(server.state.board.jobs.map(({ lines, status }) => [lines.length, status])).toEqual([
      [2, 'completed'],
      [2, 'failed'],
      [2, 'completed'],
    ])
  })

  it.each(['reset', 'error'] as const)(
    'made, while the answer to its creation is lost (%s), is found instead of made twice',
    async (answer) => {
      const { server, world } = await shop({ jobs: [{ answer }] })
      const { result } = await world.build(config(server), { jobs: { wait: true } })
      expect(result?.end).toMatchObject({ exitCode: 0, counts: { accepted: 6 } })
      expect([server.state.board.jobs.length, twice(server)]).toEqual([1, []])
    },
  )

  it('gives up after three tries in one run, and the cell fails', async () => {
    const { server, world } = await shop({ jobs: [{ lines: [{ contains: 'About t0', what: 'error' }] }] })
    const { result } = await world.build(config(server, 2), { jobs: { wait: true } })
    expect(result?.end).toMatchObject({ exitCode: 1, counts: { accepted: 1, failed: 1 }, problems: [{ code: 'server-error' }] })
    expect(sizes(server)).toEqual([2, 1, 1])
  })
})

describe('a process that dies', () => {
  it('after any operation of store or provider: nothing is handed over twice, and the rows are the same', {
    timeout: 120_000,
  }, async () => {
    const whole = await shop()
    await whole.world.build(config(whole.server, 4), { jobs: { wait: true } })
    const rows = whole.world.bytes('train.jsonl')
    let survived = false
    let deaths = 0
    for (let killAfter = 0; !survived; killAfter++) {
      const { server, world } = await shop({ jobs: [{ looks: 1 }] })
      const bound = config(server, 4, {}, { jobs: { requests: 2 } })
      const first = await world.build(bound, { jobs: { wait: true }, killAfter })
      survived = first.result !== undefined
      if (!survived) deaths++
      const next = await world.build(bound, { jobs: { wait: true } })
      expect(next.result?.end, `killed after ${killAfter}`).toMatchObject({ exitCode: 0, counts: { accepted: 4 } })
      expect([killAfter, twice(server), server.state.ledger.totals.inJobs.requests]).toEqual([killAfter, [], 4])
      expect(world.bytes('train.jsonl')).toBe(rows)
    }
    // Claims, intents, uploads, creations, looks, downloads, answers, ends: each was cut off before and after.
    expect(deaths).toBeGreaterThan(40)
  })

  // Of 300 answers 256 become durable together: each has two operations in which the process may die.
  it.each([9, 516, 524, 540])(
    'in the middle of collecting, after %i operations: what was kept is kept once, and nothing is asked again',
    async (killAfter) => {
      const { server, world } = await shop({ jobs: [{ lines: [{ every: 50, what: 'error' }] }] })
      const many = config(server, 300)
      const ordered = await world.build(many, { jobs: {}, price: PRICE })
      const handed = ordered.result?.end.waiting?.requests as number
      const dying = await world.build(many, { jobs: { mayOrder: false }, price: PRICE, killAfter })
      expect(dying.result === undefined).toBe(true)
      const next = await world.build(many, { jobs: { mayOrder: false }, price: PRICE })
      const answered = 300 - Math.ceil(handed / 50)
      expect(next.result?.end).toMatchObject({ calls: 0, counts: { accepted: answered, pending: 300 - answered } })
      const store = openStore(join(world.root, '.datagen'), { readOnly: true })
      const { responses, usd } = store.totals()
      await store.close()
      // One of them was asked online, ahead of the others, for nothing.
      expect([responses, twice(server), sizes(server)]).toEqual([answered, [], [handed]])
      expect(usd - halfPrice(server)).toBeLessThan(0.0005)
      expect(usd).toBeGreaterThanOrEqual(halfPrice(server))
    },
  )
})

describe('limits', () => {
  it('--max-calls counts lines, and those admitted are handed over', async () => {
    const { server, world } = await shop()
    const { result } = await world.build(config(server), { jobs: {}, limits: { maxCalls: 4 } })
    expect(result?.end).toMatchObject({ exitCode: 4, calls: 4 })
    expect(sizes(server)).toEqual([4])
  })

  it('a budget is reserved at half the worst case while a job waits, and never overshot', async () => {
    const { server, world } = await shop()
    const bounded = config(server, 6, {}, { maxTokens: 1000 })
    // 1,000 tokens at $10 a million are $0.01, half of it in a job: three fit, with their prompts.
    const first = await world.build(bounded, { jobs: {}, price: PRICE, limits: { budgetUsd: 0.0155 } })
    expect(first.result?.end).toMatchObject({ exitCode: 4, calls: 3 })
    const [stopping] = first.events.flatMap((event) => (event.type === 'stopping' ? [event.message] : []))
    expect(stopping).toMatch(/it may cost \$0\.0051\d*, and \$0\.0000\d+ are left$/)
    // What was reserved for them was the first build's; this one may reserve anew.
    const second = await world.build(bounded, { jobs: {}, price: PRICE, limits: { budgetUsd: 0.0055 } })
    expect(second.result?.end).toMatchObject({ exitCode: 4, calls: 1, collected: 3 })
  })

  it('with --wait, what a job gives back of its reservation is spent on the next', async () => {
    const { server, world } = await shop()
    const bounded = config(server, 6, {}, { maxTokens: 1000 })
    const { result } = await world.build(bounded, { jobs: { wait: true }, price: PRICE, limits: { budgetUsd: 0.0155 } })
    expect(result?.end).toMatchObject({ exitCode: 0, counts: { accepted: 6 } })
    expect(result?.end.usage.usd).toBeLessThanOrEqual(0.0155)
    const handed = sizes(server)
    expect([handed[0], handed.reduce((sum, n) => sum + n, 0), twice(server)]).toEqual([3, 6, []])
  })
})

describe('two builds', () => {
  it('at once hand everything over once between them', async () => {
    const { server, world } = await shop({ jobs: [{ looks: 1 }] })
    await Promise.all([world.build(config(server, 40), { jobs: {} }), world.build(config(server, 40), { jobs: {} })])
    await Promise.all([
      world.build(config(server, 40), { jobs: { wait: true } }),
      world.build(config(server, 40), { jobs: { wait: true } }),
    ])
    expect([twice(server), server.state.board.submitted.size, world.rows()?.length]).toEqual([[], 40, 40])
    expect(server.state.ledger.totals.inJobs.requests).toBe(40)
  })

  it('a look without ordering collects and hands over nothing', async () => {
    const { server, world } = await shop()
    await world.build(config(server, 2), { jobs: {} })
    const { result } = await world.build(config(server, 4), { jobs: { mayOrder: false } })
    expect(result?.end).toMatchObject({ collected: 2, counts: { accepted: 2, pending: 2 } })
    expect(server.state.board.jobs).toHaveLength(1)
  })

  it('an edit while a job waits keeps what it brings, for when the edit is undone', async () => {
    const { server, world } = await shop()
    const before = config(server, 3)
    await world.build(before, { jobs: {} })
    const edited = config(server, 3, {
      recipe: { ...before.recipe, steps: { user: { ask: 'm', prompt: 'Tell of {{ cell.topic }}.' } } },
    } as Partial<Config>)
    await world.build(edited, { jobs: { wait: true } })
    expect(server.state.board.jobs).toHaveLength(2)
    const undone = await world.build(before, { jobs: {} })
    expect(undone.result?.end).toMatchObject({ exitCode: 0, calls: 0, counts: { accepted: 3 } })
    expect(server.state.board.jobs).toHaveLength(2)
  })
})

function textOf(world: World, body: object): string {
  const asked = JSON.stringify(body)
  return world.rows()?.find(({ row }) => asked.includes(`About ${row.messages[0]?.content}.`))?.row.messages[1]?.content ?? ''
}
