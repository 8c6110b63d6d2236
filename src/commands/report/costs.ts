/** What the answers behind rows came to, by model, step and batch; a shared answer counts once. */
import type { Source } from '../../assemble/provenance.ts'
import type { ReportCost, ReportSpending, ReportTokens } from '../../events/dataset-report.ts'
import { GrowingU32 } from '../../measure/growing.ts'
import { histogramOf, lengthsOf } from '../../measure/lengths.ts'

type Sums = { -readonly [K in keyof ReportSpending]: ReportSpending[K] }

export class Costs {
  readonly #models = new Map<string, Sums>()
  readonly #steps = new Map<string, Sums>()
  readonly #batches = new Map<string, Sums>()
  readonly #all = nothing()
  readonly #tokens = new Map<string, Record<ReportTokens['of'], GrowingU32>>()
  readonly #shared: ReadonlySet<string>
  readonly #met = new Set<string>()

  /** `shared`: steps whose answers stand behind several rows. */
  constructor(shared: ReadonlySet<string>) {
    this.#shared = shared
  }

  add(batch: string, sources: readonly Source[]): void {
    for (const source of sources) {
      if (this.#shared.has(source.step)) {
        if (this.#met.has(source.key)) continue
        this.#met.add(source.key)
      }
      for (const sums of [this.#all, at(this.#models, source.model), at(this.#steps, source.step), at(this.#batches, batch)])
        raise(sums, source)
      let tokens = this.#tokens.get(source.step)
      if (!tokens) {
        tokens = { input: new GrowingU32(), output: new GrowingU32() }
        this.#tokens.set(source.step, tokens)
      }
      tokens.input.push(source.inputTokens)
      tokens.output.push(source.outputTokens)
    }
  }

  cost(kept: { readonly responses: number; readonly usd: number; readonly unpriced: number }): ReportCost {
    return {
      byModel: listed(this.#models).map(([model, sums]) => ({ model, ...sums })),
      byStep: [...this.#steps].map(([step, sums]) => ({ step, ...sums })),
      byBatch: [...this.#batches].map(([batch, sums]) => ({ batch, ...sums })),
      rows: this.#all,
      kept: { answers: kept.responses, usd: kept.usd, unpriced: kept.unpriced },
    }
  }

  tokens(): ReportTokens[] {
    return [...this.#tokens].flatMap(([step, columns]) =>
      (['input', 'output'] as const).map((of) => ({
        step,
        of,
        lengths: { ...lengthsOf(columns[of].values), histogram: histogramOf(columns[of].values) },
      })),
    )
  }
}

function nothing(): Sums {
  return { answers: 0, inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0 }
}

function at(sums: Map<string, Sums>, name: string): Sums {
  const known = sums.get(name)
  if (known) return known
  const fresh = nothing()
  sums.set(name, fresh)
  return fresh
}

function raise(sums: Sums, { inputTokens, outputTokens, usd }: Source): void {
  sums.answers++
  sums.inputTokens += inputTokens
  sums.outputTokens += outputTokens
  sums.usd += usd ?? 0
  if (usd === null) sums.unpriced++
}

/** Dearest first, then by answers. */
function listed(sums: Map<string, Sums>): [string, Sums][] {
  return [...sums].sort(([, a], [, b]) => b.usd - a.usd || b.answers - a.answers)
}
