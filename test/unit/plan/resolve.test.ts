import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import type { Json } from '../../../schema/json.ts'
import { TextProblem, UnknownName } from '../../../src/config/guard.ts'
import { keyOf } from '../../../src/key/key.ts'
import type { Draw } from '../../../src/key/request.ts'
import { contextOf } from '../../../src/plan/context.ts'
import { type Answer, type Kept, type Resolution, resolve } from '../../../src/plan/resolve.ts'
import type { Key, TraceId } from '../../../src/util/brand.ts'
import { planFor } from './plans.ts'

const kept: Kept = { id: 1 as TraceId, model: 'm', inputTokens: 1, outputTokens: 1, usd: null }
const said = (value: Json): Answer => ({ kind: 'value', value, kept })
const turnedDown = (code: string): Answer => ({ kind: 'rejected', code, message: `it was ${code}`, kept })

const two: Config['recipe'] = {
  steps: { user: { ask: 'm', prompt: 'ask about {{ cell.t }}' }, answer: { ask: 'm', prompt: '{{ steps.user }}' } },
  example: {
    messages: [
      { role: 'user', content: '{{ steps.user }}' },
      { role: 'assistant', content: '{{ steps.answer }}' },
    ],
  },
}

interface Given {
  readonly recipe?: unknown
  /** What is kept, by `step/ordinal.attempt.epoch`. */
  readonly kept?: Record<string, Answer>
  readonly ordinal?: number
  readonly epochs?: Record<string, number>
}

/** Resolves the only item of a plan over what is kept; `seen` are the draws that were looked up. */
async function climbed({
  recipe = two,
  kept: answers = {},
  ordinal = 0,
  epochs = {},
}: Given): Promise<{ seen: string[]; end: Resolution }> {
  const plan = await planFor({ dimensions: { t: ['a'] }, recipe: recipe as NonNullable<Config['recipe']> })
  const values: Record<string, Json> = Object.create(null)
  const seen: string[] = []
  // Asked once for each step that needs an answer, in order.
  const asked = plan.dataset.recipe.steps.filter(({ kind }) => kind !== 'derive').map(({ name }) => name)
  const end = resolve(
    plan.dataset.recipe,
    { context: contextOf(plan.dimensions, 0, 0, values), values, ordinal, epoch: () => epochs[asked.shift() as string] ?? 0 },
    {
      find(key, step, { digest }) {
        const draw = drawOf(key, (candidate) => keyOf(digest, candidate))
        seen.push(`${step.name}/${draw}`)
        return answers[`${step.name}/${draw}`] ?? { kind: 'missing' }
      },
    },
  )
  return { seen, end }
}

/** The draw behind a key, found by trying. */
function drawOf(key: Key, make: (draw: Draw) => Key): string {
  for (let ordinal = 0; ordinal < 4; ordinal++)
    for (let attempt = 0; attempt < 6; attempt++)
      for (let epoch = 0; epoch < 3; epoch++) if (make({ ordinal, attempt, epoch }) === key) return `${ordinal}.${attempt}.${epoch}`
  throw new Error('a key of no small draw')
}

describe('climbing the ladder', () => {
  it('wants the first step while nothing is kept', async () => {
    const { seen, end } = await climbed({})
    expect(seen).toEqual(['user/0.0.0'])
    expect(end).toMatchObject({ kind: 'wanted', at: 0, step: { name: 'user' }, draw: { ordinal: 0, attempt: 0, epoch: 0 } })
    expect(end).not.toHaveProperty('afterRejection')
  })

  it('wants the second step under the request that the first answer makes', async () => {
    const { end } = await climbed({ kept: { 'user/0.0.0': said('how?') } })
    if (end.kind !== 'wanted') throw new Error(end.kind)
    expect(end.step.name).toBe('answer')
    expect(end.asked.identified.request).toMatchObject({ body: { messages: [{ role: 'user', content: 'how?' }] } })
    expect(end.key).toBe(keyOf(end.asked.identified.digest, end.draw))
  })

  it('ends with the example and what stands behind it', async () => {
    const { end } = await climbed({ kept: { 'user/0.0.0': said('how?'), 'answer/0.0.0': said('so') } })
    expect(end).toMatchObject({
      kind: 'example',
      example: {
        messages: [
          { role: 'user', content: 'how?' },
          { role: 'assistant', content: 'so' },
        ],
      },
      used: [{ step: 'user' }, { step: 'answer' }],
    })
  })

  it('draws every step of an item by its ordinal, and a step by its own epoch', async () => {
    const { seen } = await climbed({
      ordinal: 2,
      epochs: { answer: 1 },
      kept: { 'user/2.0.0': said('how?'), 'answer/2.0.0': said('the old answer') },
    })
    expect(seen).toEqual(['user/2.0.0', 'answer/2.0.1'])
  })

  it('asks again after a rejected answer, and says after which', async () => {
    const { end } = await climbed({ kept: { 'user/0.0.0': turnedDown('refusal') } })
    expect(end).toMatchObject({ kind: 'wanted', draw: { attempt: 1 }, afterRejection: 'refusal' })
  })

  it('rejects after the last attempt, with the last reason, and wants nothing more', async () => {
    const { seen, end } = await climbed({ kept: { 'user/0.0.0': turnedDown('refusal'), 'user/0.1.0': turnedDown('cut-off') } })
    expect(seen).toEqual(['user/0.0.0', 'user/0.1.0', 'user/0.2.0'])
    expect(end).toMatchObject({ kind: 'rejected', code: 'cut-off', message: 'it was cut-off', step: 'user' })
  })

  it('goes on with a good second attempt, and counts both answers as used', async () => {
    const { end } = await climbed({
      kept: { 'user/0.0.0': turnedDown('refusal'), 'user/0.1.0': said('how?'), 'answer/0.0.0': said('so') },
    })
    expect(end).toMatchObject({ kind: 'example', used: [{ step: 'user' }, { step: 'user' }, { step: 'answer' }] })
  })

  it('uses an attempt that was paid for when fewer are allowed now', async () => {
    const { end } = await climbed({
      recipe: { ...two, attempts: 1 },
      kept: { 'user/0.0.0': turnedDown('refusal'), 'user/0.1.0': said('how?') },
    })
    expect(end).toMatchObject({ kind: 'wanted', step: { name: 'answer' } })
  })

  it('forgives all rejections of an epoch that is over', async () => {
    const { end } = await climbed({
      epochs: { user: 1 },
      kept: { 'user/0.0.0': turnedDown('refusal'), 'user/0.1.0': turnedDown('refusal') },
    })
    expect(end).toMatchObject({ kind: 'wanted', draw: { attempt: 0, epoch: 1 } })
  })
})

describe('a command', () => {
  const recipe = { steps: { ran: { run: ['count'] } }, example: { messages: [{ role: 'assistant', content: '{{ steps.ran }}' }] } }

  it('is run once for equal inputs, whichever draw the item is', async () => {
    const { seen } = await climbed({ recipe, ordinal: 3 })
    expect(seen).toEqual(['ran/0.0.0'])
  })

  it('is not tried again when it printed no JSON', async () => {
    const { end } = await climbed({ recipe, kept: { 'ran/0.0.0': turnedDown('not-json') } })
    expect(end).toMatchObject({ kind: 'rejected', code: 'not-json', step: 'ran' })
  })
})

describe('a step with a condition', () => {
  const steps = (when: unknown) => ({
    steps: {
      user: { ask: 'm', prompt: 'ask' },
      more: { ask: 'm', prompt: 'and after {{ steps.user }}?', when },
      length: { derive: ({ steps }: { steps: { more: string } }) => steps.more.length, when },
      answer: { ask: 'm', prompt: '{{ steps.user }} {{ steps.more }} {{ steps.length }}' },
    },
    example: { messages: [{ role: 'assistant', content: '{{ steps.answer }}' }] },
  })

  it('is skipped where it is false: nothing is asked for it, and its value is null', async () => {
    const recipe = steps("{{ steps.user == 'long' }}")
    const { seen, end } = await climbed({ recipe, kept: { 'user/0.0.0': said('short') } })
    expect(seen).toEqual(['user/0.0.0', 'answer/0.0.0'])
    expect(end).toMatchObject({
      kind: 'wanted',
      at: 3,
      asked: { identified: { request: { body: { messages: [{ content: 'short  ' }] } } } },
    })
  })

  it('is asked where it is true, and what it reads may be a template or a function', async () => {
    for (const when of ["{{ steps.user == 'long' }}", ({ steps }: { steps: { user: string } }) => steps.user === 'long']) {
      const { seen, end } = await climbed({ recipe: steps(when), kept: { 'user/0.0.0': said('long'), 'more/0.0.0': said('four') } })
      expect(seen).toEqual(['user/0.0.0', 'more/0.0.0', 'answer/0.0.0'])
      expect(end).toMatchObject({ asked: { identified: { request: { body: { messages: [{ content: 'long four 4' }] } } } } })
    }
  })

  it.each([
    ['says neither true nor false', '{{ steps.user }}', 'step "more": when: it must give true or false, and gave "hm"'],
    [
      'throws',
      () => {
        throw new Error('no such thing')
      },
      'step "more": when: no such thing',
    ],
  ])('rejects the item when it %s', async (_, when, message) => {
    const { end } = await climbed({ recipe: steps(when), kept: { 'user/0.0.0': said('hm') } })
    expect(end).toMatchObject({ kind: 'rejected', code: 'when-failed', message, step: 'more' })
  })

  it('stops everything when it returns something else than true and false', async () => {
    const problem = climbed({ recipe: steps(() => 1), kept: { 'user/0.0.0': said('hm') } })
    await expect(problem).rejects.toThrow('the condition of step "more" must return true or false, and returned a number')
  })

  it('says of the first own question that it is the first, whatever was skipped or shared before it', async () => {
    const recipe = {
      steps: {
        never: { ask: 'm', prompt: 'x', when: "{{ cell.t == 'b' }}" },
        ideas: { ask: 'm', prompt: 'ideas', shared: true },
        ...two.steps,
      },
      example: two.example,
    }
    const kept = { 'ideas/0.0.0': said('an idea') }
    expect((await climbed({ recipe, ordinal: 2 })).end).toMatchObject({ step: { name: 'ideas' }, isFirst: true })
    const own = await climbed({ recipe, ordinal: 2, kept })
    expect([own.seen, own.end]).toMatchObject([['ideas/0.0.0', 'user/2.0.0'], { step: { name: 'user' }, isFirst: true }])
    const next = await climbed({ recipe, ordinal: 2, kept: { ...kept, 'user/2.0.0': said('how?') } })
    expect(next.end).toMatchObject({ step: { name: 'answer' }, isFirst: false })
  })
})

describe('functions of the config', () => {
  const deriving = (derive: unknown) => ({
    steps: { made: { derive }, said: { ask: 'm', prompt: '{{ steps.made }}' } },
    example: { messages: [{ role: 'assistant', content: '{{ steps.said }}' }] },
  })

  it('are computed on the way, at no cost', async () => {
    const { seen, end } = await climbed({
      recipe: deriving(({ cell }: { cell: { t: string } }) => `${cell.t}!`),
      kept: { 'said/0.0.0': said('ok') },
    })
    expect(seen).toEqual(['said/0.0.0'])
    expect(end).toMatchObject({ kind: 'example' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no such thing')
      },
      'step "made": no such thing',
    ],
    ['gives undefined', () => undefined, 'step "made": input is undefined'],
    ['gives a Map', () => new Map(), 'step "made": input is a Map, not plain data'],
    ['gives NaN', () => Number.NaN, 'step "made": input is NaN, which JSON cannot hold'],
  ])('reject the item when one %s', async (_, derive, message) => {
    const { end } = await climbed({ recipe: deriving(derive) })
    expect(end).toMatchObject({ kind: 'rejected', code: 'derive-failed', message, step: 'made' })
  })

  it('stop everything when they ask for a name that does not exist', async () => {
    const asks = ({ cell }: { cell: Record<string, string> }) => cell['topic']
    const problem = climbed({ recipe: deriving(asks) })
    await expect(problem).rejects.toSatisfy((error) => error instanceof UnknownName || error instanceof TextProblem)
  })

  it.each([
    ['no messages', [], 'the example has no messages'],
    ['an empty message', [{ role: 'assistant', content: ' ' }], 'messages[0] (assistant) is empty'],
    ['an unknown role', [{ role: 'bot', content: 'x' }], 'messages[0] has the role "bot"'],
    ['a user at the end', [{ role: 'user', content: 'x' }], 'the last message is not from the assistant'],
    ['half a character', [{ role: 'assistant', content: '\ud83d' }], 'messages[0].content is a text with half of a surrogate pair'],
  ])('reject the item when they make an example with %s', async (_, messages, message) => {
    const { end } = await climbed({
      recipe: { steps: { said: { ask: 'm', prompt: 'x' } }, example: () => ({ messages }) },
      kept: { 'said/0.0.0': said('ok') },
    })
    expect(end).toMatchObject({ kind: 'rejected', code: 'bad-example', message })
    expect(end).not.toHaveProperty('step')
  })
})
