/** Before many requests are handed over in a job, one of them shows online that they may be asked like that; else the job's answers do. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import type { Reply } from '../../../src/generate/provider.ts'
import { ALONE_FROM_CALLS } from '../../../src/schedule/canary.ts'
import type { ScriptedProvider } from '../../rig/scripted-provider.ts'
import type { Built, World } from '../../rig/world.ts'
import { codes, config, halfPrice, PRICE, shop, sizes, twice } from './job-shop.ts'

const MANY = ALONE_FROM_CALLS
const prompts = ({ calls }: Built) => calls.map(({ body }) => (body['messages'] as { content: string }[]).at(-1)?.content)
const handed = (server: Awaited<ReturnType<typeof shop>>['server']) =>
  server.state.board.jobs.flatMap(({ lines }) => lines.map(({ body }) => (body['messages'] as { content: string }[]).at(-1)?.content))
const asks = (n: number) => Array.from({ length: n }, (_, i) => `About t${i}.`)
const notices = ({ events }: Built) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic] : []))
const scripted = (world: World, reply: (n: number) => Reply | undefined) => {
  const provider = world.provider as ScriptedProvider
  const ask = provider.ask.bind(provider)
  provider.ask = async (call, signal) => {
    const n = provider.calls.length
    const said = await ask(call, signal)
    return reply(n) ?? said
  }
}
const refusal = (message: string, parameter?: string): Reply => ({
  kind: 'failure',
  failure: { kind: 'refused', code: 'bad-request', message, ...(parameter === undefined ? {} : { parameter }) },
})

describe('the first of many requests for a job', () => {
  it('is asked online, its answer is kept, and the others are handed over', async () => {
    const { server, world } = await shop()
    const built = await world.build(config(server, MANY), { jobs: {}, price: PRICE })
    expect(built.plan.calls).toMatchObject([{ calls: MANY, followUps: 0, online: 1 }])
    expect([prompts(built), handed(server).sort()]).toEqual([['About t0.'], asks(MANY).slice(1).sort()])
    expect(built.result?.end).toMatchObject({ exitCode: 0, calls: MANY, waiting: { requests: MANY - 1 }, counts: { accepted: 1 } })
    const done = await world.build(config(server, MANY), { jobs: {}, price: PRICE })
    expect([done.result?.exitCode, done.calls.length, world.rows()?.length, twice(server)]).toEqual([0, 0, MANY, []])
    expect(done.result?.end.usage.usd).toBeCloseTo(halfPrice(server), 12)
  })

  it.each([
    ['there are few of them', MANY - 1, {}],
    ['its use is remembered', MANY, { known: true }],
    ['deployments for jobs take no calls (Azure)', MANY, { use: 'azure:deployment' }],
  ])('is handed over with the others where %s', async (_, cells, { known, ...model }: { known?: boolean; use?: string }) => {
    const { server, world } = await shop()
    if (known) await world.build(config(server, MANY), { jobs: { wait: true } })
    const before = sizes(server).length
    const edited = { dimensions: { topic: Array.from({ length: cells }, (_unused, i) => `v${i}`) } }
    const built = await world.build(config(server, cells, known ? edited : {}, model), { jobs: {} })
    expect([built.calls.length, sizes(server).slice(before), built.plan.calls[0]?.online]).toEqual([0, [cells], 0])
  })

  it('that is refused for a field ends the build: nothing is handed over, and the field is named', async () => {
    const { server, world } = await shop()
    scripted(world, () => refusal("Unsupported value: 'temperature'", 'temperature'))
    const built = await world.build(config(server, MANY, {}, { temperature: 0.2 }), { jobs: {} })
    expect([built.result?.exitCode, built.calls.length, sizes(server)]).toEqual([3, 1, []])
    expect(built.result?.end.counts).toMatchObject({ failed: 1, pending: MANY - 1 })
    expect(notices(built)).toMatchObject([{ code: 'provider/refused-field', headline: 'openai:m refuses `temperature`' }])
  })

  it.each([
    ['a wrong key', { kind: 'fatal', code: 'auth', message: 'wrong key' } as const],
    ['no credit', { kind: 'fatal', code: 'quota', message: 'no credit' } as const],
  ])('that meets %s ends the build, with nothing handed over', async (_, failure) => {
    const { server, world } = await shop()
    scripted(world, () => ({ kind: 'failure', failure }))
    const built = await world.build(config(server, MANY), { jobs: { wait: true } })
    expect([built.result?.exitCode, built.calls.length, sizes(server)]).toEqual([3, 1, []])
  })

  it('that is refused for no reason that is said has one more after it: one text does not stop a dataset, two do', async () => {
    const one = await shop()
    scripted(one.world, (n) => (n === 0 ? refusal('bad request') : undefined))
    const built = await one.world.build(config(one.server, MANY), { jobs: {} })
    expect([built.result?.exitCode, built.calls.length, sizes(one.server)]).toEqual([1, 2, [MANY - 2]])
    const two = await shop()
    scripted(two.world, () => refusal('bad request'))
    const ended = await two.world.build(config(two.server, MANY), { jobs: {} })
    expect([ended.result?.exitCode, ended.calls.length, sizes(two.server)]).toEqual([3, 2, []])
  })

  it('that cannot be answered just now says nothing: the others are handed over', async () => {
    const { server, world } = await shop()
    scripted(world, () => ({ kind: 'failure', failure: { kind: 'transient', code: 'overloaded', message: 'busy' } }))
    const built = await world.build(config(server, MANY), { jobs: {} })
    expect([built.result?.exitCode, sizes(server)]).toEqual([1, [MANY - 1]])
  })

  it('is a call like any other to the limits', async () => {
    const { server, world } = await shop()
    const built = await world.build(config(server, MANY), { jobs: {}, limits: { maxCalls: 4 } })
    expect([built.result?.exitCode, built.result?.end.calls, built.calls.length, sizes(server)]).toEqual([4, 4, 1, [3]])
  })

  it('is not made by who may order nothing', async () => {
    const { server, world } = await shop()
    const built = await world.build(config(server, MANY), { jobs: { mayOrder: false } })
    expect([built.calls, sizes(server), built.result?.end.counts.pending]).toEqual([[], [], MANY])
  })

  it('is one where many cells ask the same', async () => {
    const { server, world } = await shop()
    const same = config(server, MANY, shared())
    const built = await world.build(same, { jobs: { wait: true } })
    expect([built.result?.exitCode, prompts(built), handed(server).length, twice(server)]).toEqual([0, ['Draw up a plan.'], MANY, []])
  })
})

describe('where none goes ahead, the answers of a job show', () => {
  const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false }
  const asked = (changes: object): Partial<Config> =>
    ({
      recipe: {
        steps: { user: { ask: 'm', prompt: 'About {{ cell.topic }}.', schema, ...changes } },
        example: {
          messages: [
            { role: 'user', content: '{{ cell.topic }}' },
            { role: 'assistant', content: '{{ steps.user.text }}' },
          ],
        },
      },
    }) as unknown as Partial<Config>

  it('what is ignored: once, remembered, and no more when the step asks otherwise by then', async () => {
    const { server, world } = await shop({ answers: [{ contains: 'About', content: 'no JSON at all' }] })
    await world.build(config(server, 4, asked({})), { jobs: {} })
    const built = await world.build(config(server, 4, asked({})), { jobs: { mayOrder: false } })
    expect(codes(built.events)).toEqual(['provider/ignored-field'])
    expect([...world.known.values()].flatMap(({ findings }) => findings)).toMatchObject([{ field: 'response_format', verdict: 'ignored' }])
    const other = await shop({ answers: [{ contains: 'About', content: 'no JSON at all' }] })
    await other.world.build(config(other.server, 4, asked({})), { jobs: {} })
    const edited = asked({ schema: { ...schema, properties: { text: { type: 'string', maxLength: 9 } } } })
    const later = await other.world.build(config(other.server, 4, edited), { jobs: { mayOrder: false } })
    expect([later.result?.end.collected, codes(later.events), other.world.known.size]).toEqual([4, [], 0])
  })

  it('what is refused: the build ends and names the field, unless some were answered', async () => {
    const refused = { what: 'error' as const, status: 400, code: 'invalid_request_error', message: "Unknown parameter: 'top_k'." }
    const azure = { use: 'azure:deployment', extra: { top_k: 4 } }
    const all = await shop({ jobs: [{ lines: [refused] }] })
    await all.world.build(config(all.server, 4, {}, azure), { jobs: {} })
    const built = await all.world.build(config(all.server, 4, {}, azure), { jobs: {} })
    expect([built.result?.exitCode, codes(built.events), sizes(all.server)]).toEqual([3, ['provider/refused-field'], [4]])
    const some = await shop({ jobs: [{ lines: [{ ...refused, every: 2 }] }] })
    await some.world.build(config(some.server, 4, {}, azure), { jobs: {} })
    expect((await some.world.build(config(some.server, 4, {}, azure), { jobs: {} })).result?.end).toMatchObject({
      exitCode: 1,
      counts: { accepted: 2, failed: 2 },
    })
  })
})

/** A step that all cells share, and one of their own. */
function shared(): Partial<Config> {
  return {
    recipe: {
      steps: {
        plan: { ask: 'm', prompt: 'Draw up a plan.', shared: true },
        user: { ask: 'm', prompt: '{{ steps.plan }} for {{ cell.topic }}' },
      },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.user }}' },
        ],
      },
    },
  } as unknown as Partial<Config>
}
