/** The pure oracle: a small dataset described by plain data, what it must ask, and which rows it must have. */
import type { Config } from '../../schema/config.ts'
import type { Random } from '../rig/random.ts'
import { FORBIDDEN, LONGEST } from './law-provider.ts'

export interface Model {
  readonly dimensions: readonly { readonly name: string; readonly values: readonly { readonly id: string; readonly guide: string }[] }[]
  readonly system: string
  readonly writer: string
  readonly tutor: string
  readonly temperature: number
  readonly samples: number
  /** Batch names in order; the first takes cells whose first value is in its list, the last takes the rest. */
  readonly batches: readonly string[]
  readonly holdout: number
  readonly output: string
  /** Identity of the endpoint of both models. */
  readonly server: string
  /** The last of two batches waits for the first. */
  readonly after: boolean
  /** No two rows with the same user text. */
  readonly unique: boolean
  /** Whose text must not have the forbidden word. */
  readonly forbid: 'user' | 'assistant' | undefined
  /** Answers must not be long. */
  readonly short: boolean
  /** All answers are given in one style, which is asked for once. */
  readonly house: boolean
  /** Which answers are gone over again: none, those of the first value, or those that end in a digit. */
  readonly polish: 'none' | 'first' | 'digits'
}

/** A cell with the batch it belongs to. */
export interface ModelCell {
  readonly cell: Record<string, string>
  readonly prompt: string
  readonly batch: string
}

const NAMES = ['topic', 'level', 'tone'] as const

export function randomModel(random: Random): Model {
  const dimensions = NAMES.slice(0, 1 + random.below(3)).map((name) => ({
    name,
    values: Array.from({ length: 1 + random.below(3) }, (_, i) => ({ id: `v${i}`, guide: `guide ${random.below(4)}` })),
  }))
  return {
    dimensions,
    system: `system ${random.below(3)}`,
    writer: `writer-${random.below(2)}`,
    tutor: `tutor-${random.below(2)}`,
    temperature: random.below(2),
    samples: 1 + random.below(3),
    batches: random.chance(0.4) ? ['early', 'late'] : ['all'],
    holdout: random.chance(0.3) ? 0.3 : 0,
    output: 'train',
    server: 'here',
    after: random.chance(0.5),
    unique: random.chance(0.4),
    forbid: random.pick([undefined, undefined, 'user', 'assistant']),
    short: random.chance(0.3),
    house: random.chance(0.3),
    polish: random.pick(['none', 'none', 'first', 'digits']),
  }
}

/** One edit of the kind people make. */
export function editOf(model: Model, random: Random): Model {
  const at = random.below(model.dimensions.length)
  const dimensions = (change: (values: Model['dimensions'][number]['values']) => Model['dimensions'][number]['values']) =>
    model.dimensions.map((dimension, i) => (i === at ? { ...dimension, values: change(dimension.values) } : dimension))
  switch (random.below(18)) {
    case 0:
      return {
        ...model,
        dimensions: dimensions((values) =>
          [...values, { id: `n${random.below(1000)}`, guide: `guide ${random.below(6)}` }].filter(
            (value, i, all) => all.findIndex((other) => other.id === value.id) === i,
          ),
        ),
      }
    case 1:
      return { ...model, dimensions: dimensions((values) => (values.length > 1 ? values.slice(1) : values)) }
    case 2:
      return {
        ...model,
        dimensions: dimensions((values) => values.map((value, i) => (i === 0 ? { ...value, guide: `guide ${random.below(6)}` } : value))),
      }
    case 3:
      return { ...model, dimensions: dimensions((values) => [...values].reverse()) }
    case 4:
      return { ...model, system: `system ${random.below(3)}` }
    case 5:
      return { ...model, tutor: `tutor-${random.below(2)}` }
    case 6:
      return { ...model, writer: `writer-${random.below(2)}` }
    case 7:
      return { ...model, temperature: random.below(2) }
    case 8:
      return { ...model, samples: 1 + random.below(4) }
    case 9:
      return { ...model, batches: random.pick([['all'], ['everything'], ['early', 'late']]) }
    case 10:
      return { ...model, server: model.server === 'here' ? 'there' : 'here' }
    case 11:
      return { ...model, batches: ['early', 'late'], after: !model.after }
    case 12:
      return { ...model, unique: !model.unique }
    case 13:
      return { ...model, forbid: random.pick([undefined, 'user', 'assistant']) }
    case 14:
      return { ...model, short: !model.short }
    case 15:
      return { ...model, house: !model.house }
    case 16:
      return { ...model, polish: random.pick(['none', 'first', 'digits']) }
    default:
      return { ...model, holdout: random.chance(0.5) ? 0.3 : 0 }
  }
}

export function configOf(model: Model): Config {
  const [first] = model.dimensions
  const half = first?.values.slice(0, 1).map(({ id }) => id) ?? []
  return {
    name: 'law',
    models: {
      writer: { use: `openai:${model.writer}`, identity: model.server, temperature: model.temperature },
      tutor: { use: `openai:${model.tutor}`, identity: model.server },
    },
    dimensions: Object.fromEntries(model.dimensions.map(({ name, values }) => [name, values.map((value) => ({ ...value }))])),
    recipe: {
      steps: {
        ...(model.house ? { house: { ask: 'tutor', prompt: HOUSE, shared: true } } : {}),
        user: { ask: 'writer', prompt: `Write about: ${model.dimensions.map(({ name }) => `{{ guide.${name} }}`).join(' / ')}` },
        answer: { ask: 'tutor', system: model.system, prompt: `{{ steps.user }}${model.house ? ' / {{ steps.house }}' : ''}` },
        ...(model.polish === 'none' ? {} : { polish: { ask: 'tutor', prompt: 'polish {{ steps.answer }}', when: conditionOf(model) } }),
      },
      example: {
        messages: [
          { role: 'system', content: model.system },
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: model.polish === 'none' ? '{{ steps.answer }}' : '{{ steps.polish | default: steps.answer }}' },
        ],
      },
    },
    batches: Object.fromEntries(
      model.batches.map((name, i) => [
        name,
        {
          samples: model.samples,
          ...(model.batches.length > 1 && i === 0 && first ? { where: { [first.name]: half } } : {}),
          ...(model.after && i > 0 ? { after: [model.batches[0] as string] } : {}),
        },
      ]),
    ),
    checks: [
      ...(model.forbid ? [{ check: 'forbid' as const, of: model.forbid, phrases: [FORBIDDEN] }] : []),
      ...(model.short ? [{ check: 'length' as const, of: 'assistant' as const, max: LONGEST }] : []),
      ...(model.unique ? [{ check: 'unique' as const }] : []),
    ],
    outputs: { [model.output]: { path: 'data/train.jsonl', ...(model.holdout > 0 ? { holdout: { valid: model.holdout } } : {}) } },
  }
}

const HOUSE = 'the style of the house'

function conditionOf({ dimensions, polish }: Model): string {
  const [first] = dimensions
  if (polish === 'first') return `{{ cell.${first?.name} == '${first?.values[0]?.id}' }}`
  return "{% assign last = steps.answer | slice: -1 %}{{ '0123456789' contains last }}"
}

/** Whether an answer is gone over again. */
export function isPolished({ dimensions, polish }: Model, cell: Readonly<Record<string, string>>, answer: () => string): boolean {
  const [first] = dimensions
  if (polish === 'first') return first !== undefined && cell[first.name] === first.values[0]?.id
  return polish === 'digits' && /[0-9]$/.test(answer())
}

/** Every cell of the product, the last dimension turning fastest, early batch first. */
export function cellsOf(model: Model): ModelCell[] {
  let cells: { cell: Record<string, string>; guides: string[] }[] = [{ cell: {}, guides: [] }]
  for (const { name, values } of model.dimensions) {
    cells = cells.flatMap(({ cell, guides }) =>
      values.map(({ id, guide }) => ({ cell: { ...cell, [name]: id }, guides: [...guides, guide] })),
    )
  }
  const [first] = model.dimensions
  const early = first?.values[0]?.id
  const [one, rest = one] = model.batches as [string, string?]
  const all = cells.map(({ cell, guides }) => ({
    cell,
    prompt: `Write about: ${guides.join(' / ')}`,
    batch: first && cell[first.name] === early ? one : rest,
  }))
  return one === rest ? all : [...all.filter(({ batch }) => batch === one), ...all.filter(({ batch }) => batch === rest)]
}

/** The exact bodies, as the wire sees them. */
export function writerBody(model: Model, prompt: string): unknown {
  return { model: model.writer, messages: [{ role: 'user', content: prompt }], temperature: model.temperature }
}

/** `house`: the answer to `houseBody`, where there is one. */
export function tutorBody(model: Model, user: string, house?: string): unknown {
  return {
    model: model.tutor,
    messages: [
      { role: 'system', content: model.system },
      { role: 'user', content: house === undefined ? user : `${user} / ${house}` },
    ],
  }
}

export function houseBody(model: Model): unknown {
  return { model: model.tutor, messages: [{ role: 'user', content: HOUSE }] }
}

export function polishBody(model: Model, answer: string): unknown {
  return { model: model.tutor, messages: [{ role: 'user', content: `polish ${answer}` }] }
}
