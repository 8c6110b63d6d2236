/** Sidecar lines by the million: the JSON of what repeats from row to row (values, steps, models) is made once. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { DimensionSpec } from '../config/dataset.ts'
import { provenanceRow, type Scores, type Source } from './provenance.ts'

// A server that names itself anew with every answer must not fill the memory.
const MOST_PIECES = 1_000

/** Objects have such names first, whatever the order they were given in. */
const NUMBER = /^\d+$/

export class ProvenanceLines {
  readonly #json: (value: Json) => string
  readonly #simulated: ReadonlySet<string>
  /** Dimensions in the order of their names in an object, each with the JSON of its values and how far apart they lie in row numbers. */
  readonly #dimensions: readonly { readonly members: readonly string[]; readonly stride: number }[]
  /** Whatever stands between two things that change from row to row. */
  readonly #pieces = new Map<string, string>()

  /** `json`: text of a value, as the file has it. */
  constructor(dimensions: readonly DimensionSpec[], simulated: ReadonlySet<string>, json: (value: Json) => string) {
    this.#json = json
    this.#simulated = simulated
    const order = Object.keys(Object.fromEntries(dimensions.map(({ name }) => [name, 0])))
    this.#dimensions = order.map((name, i) => {
      const at = dimensions.findIndex((dimension) => dimension.name === name)
      const head = `${i === 0 ? '{"cell":{' : ','}${json(name)}:`
      return {
        members: (dimensions[at] as DimensionSpec).values.map(({ id }) => flat(head + json(id))),
        stride: dimensions.slice(at + 1).reduce((n, { values }) => n * values.length, 1),
      }
    })
  }

  /** The JSON of `provenanceRow` for a row of the full product: the same bytes. */
  line(row: number, sample: number, sources: readonly Source[], details?: JsonObject, scores?: Scores): string {
    const isSimulated = sources.some(({ step }) => this.#simulated.has(step))
    if (details !== undefined || sources.length === 0 || this.#dimensions.length === 0 || !areInOrder(sources))
      return this.#json(provenanceRow(this.#cellOf(row), sample, sources, isSimulated, details, { scores }))
    let text = this.#cell(row)
    for (let i = 0; i < sources.length; i++) {
      const { step, key, model, inputTokens, outputTokens, usd } = sources[i] as Source
      text += i === 0 ? this.#first(step, sample, isSimulated) : this.#next(step)
      text += `${key}${this.#model(model)}${inputTokens},"outputTokens":${outputTokens},"usd":${JSON.stringify(usd)}`
    }
    return scores ? `${text}}},"scores":${this.#json(scores)}}` : `${text}}}}`
  }

  /** Without its end. */
  #cell(row: number): string {
    let text = ''
    for (const { members, stride } of this.#dimensions) text += members[Math.floor(row / stride) % members.length]
    return text
  }

  #cellOf(row: number): { readonly [name: string]: string } {
    if (this.#dimensions.length === 0) return {}
    return (JSON.parse(`${this.#cell(row)}}}`) as { readonly cell: { readonly [name: string]: string } }).cell
  }

  #first(step: string, sample: number, isSimulated: boolean): string {
    const mark = isSimulated ? '"simulated":true,"use":"not for training",' : ''
    return this.#piece(`first ${sample} ${isSimulated} ${step}`, () => `},"sample":${sample},${mark}"steps":{${this.#json(step)}:{"key":"`)
  }

  #next(step: string): string {
    return this.#piece(`next ${step}`, () => `},${this.#json(step)}:{"key":"`)
  }

  #model(name: string): string {
    return this.#piece(`model ${name}`, () => `","model":${this.#json(name)},"inputTokens":`)
  }

  #piece(name: string, make: () => string): string {
    const known = this.#pieces.get(name)
    if (known !== undefined) return known
    if (this.#pieces.size >= MOST_PIECES) this.#pieces.clear()
    const piece = flat(make())
    this.#pieces.set(name, piece)
    return piece
  }
}

/** The same text in one piece: V8 would put a line together from the parts of its parts. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}

/** Whether an object made of them has them in this order, each once. */
function areInOrder(sources: readonly Source[]): boolean {
  return (
    sources.length === 1 ||
    sources.every(({ step }, i) => !NUMBER.test(step) && !sources.slice(0, i).some((earlier) => earlier.step === step))
  )
}
