/** Sidecar lines by the million: the JSON of what repeats from row to row (values, steps, models) is made once. */
import type { Json } from '../../schema/json.ts'
import type { DimensionSpec } from '../config/dataset.ts'
import { provenanceRow, type Source } from './provenance.ts'

// A server that names itself anew with every answer must not fill the memory.
const MOST_MODELS = 1_000

/** Objects have such names first, whatever the order they were given in. */
const NUMBER = /^\d+$/

export class ProvenanceLines {
  readonly #json: (value: Json) => string
  readonly #simulated: ReadonlySet<string>
  /** Dimensions in the order of their names in an object, each with the JSON of its values and how far apart they lie in row numbers. */
  readonly #dimensions: readonly {
    readonly head: string
    readonly values: readonly string[]
    readonly stride: number
  }[]
  readonly #steps = new Map<string, string>()
  readonly #models = new Map<string, string>()

  /** `json`: text of a value, as the file has it. */
  constructor(dimensions: readonly DimensionSpec[], simulated: ReadonlySet<string>, json: (value: Json) => string) {
    this.#json = json
    this.#simulated = simulated
    const order = Object.keys(Object.fromEntries(dimensions.map(({ name }) => [name, 0])))
    this.#dimensions = order.map((name, i) => {
      const at = dimensions.findIndex((dimension) => dimension.name === name)
      return {
        head: `${i === 0 ? '' : ','}${json(name)}:`,
        values: (dimensions[at] as DimensionSpec).values.map(({ id }) => json(id)),
        stride: dimensions.slice(at + 1).reduce((n, { values }) => n * values.length, 1),
      }
    })
  }

  /** The JSON of `provenanceRow` for a row of the full product: the same bytes. */
  line(row: number, sample: number, sources: readonly Source[]): string {
    let simulated = false
    let steps = ''
    for (const source of sources) {
      simulated ||= this.#simulated.has(source.step)
      steps += `${steps === '' ? '' : ','}${this.#step(source.step)}${this.#source(source)}`
    }
    if (sources.length > 1 && !areInOrder(sources)) return this.#json(provenanceRow(this.#cellOf(row), sample, sources, simulated))
    const mark = simulated ? '"simulated":true,"use":"not for training",' : ''
    return `{"cell":${this.#cell(row)},"sample":${sample},${mark}"steps":{${steps}}}`
  }

  #cell(row: number): string {
    let text = '{'
    for (const { head, values, stride } of this.#dimensions) text += head + values[Math.floor(row / stride) % values.length]
    return `${text}}`
  }

  #cellOf(row: number): { readonly [name: string]: string } {
    return JSON.parse(this.#cell(row)) as { readonly [name: string]: string }
  }

  #step(name: string): string {
    const known = this.#steps.get(name)
    if (known !== undefined) return known
    const head = `${this.#json(name)}:`
    this.#steps.set(name, head)
    return head
  }

  #model(name: string): string {
    const known = this.#models.get(name)
    if (known !== undefined) return known
    if (this.#models.size >= MOST_MODELS) this.#models.clear()
    const text = this.#json(name)
    this.#models.set(name, text)
    return text
  }

  #source({ key, model, inputTokens, outputTokens, usd }: Source): string {
    const tokens = `"inputTokens":${inputTokens},"outputTokens":${outputTokens}`
    return `{"key":"${key}","model":${this.#model(model)},${tokens},"usd":${JSON.stringify(usd)}}`
  }
}

/** Whether an object made of them has them in this order, each once. */
function areInOrder(sources: readonly Source[]): boolean {
  return sources.every(({ step }, i) => !NUMBER.test(step) && !sources.slice(0, i).some((earlier) => earlier.step === step))
}
