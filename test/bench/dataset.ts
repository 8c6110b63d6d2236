/** Datasets of a known number of cells, whose answers the simulated provider makes at once. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { BIN, Project } from '../rig/project.ts'
import type { Bench } from './bench.ts'
import { type Ran, run, runWitnessed, type Setting } from './processes.ts'

export interface Edits {
  /** The guide of the last value of the third dimension: a new one makes one in `depth` cells dirty. */
  readonly guide?: string
  /** Lines at the end of the file. */
  readonly tail?: string
  /** What most configs have beside the least: a check over all rows and a part held out. */
  readonly usual?: boolean
}

export interface Shape {
  readonly sides: readonly [number, number, number]
  /** Cells that an edit of the last value makes dirty. */
  readonly dirty: number
}

const TALL_FROM = 1_000_000

/** 10 × 10 × 10, 100 × 100 × 10, 100 × 100 × 100. Throws for a number that is no such product. */
export function shapeOf(cells: number): Shape {
  const depth = cells >= TALL_FROM ? 100 : 10
  const side = Math.round(Math.sqrt(cells / depth))
  if (side * side * depth !== cells) throw new Error(`${cells} cells: it must be a square number times ${depth}`)
  return { sides: [side, side, depth], dirty: side * side }
}

export function configOf(cells: number, { guide = 'guide', tail = '', usual = false }: Edits = {}): string {
  const [a, b, c] = shapeOf(cells).sides
  return `import { defineConfig } from 'datagen'

const values = (name: string, n: number) => Array.from({ length: n }, (_, i) => ({ id: name + i, guide: 'guide of ' + name + ' number ' + i }))

export default defineConfig({
  name: 'bench',
  concurrency: 256,
  models: { m: { use: 'simulated', simulate: { latencyMs: 0, tokens: 40 } } },
  dimensions: { a: values('a', ${a}), b: values('b', ${b}), c: [...values('c', ${c - 1}), { id: 'last', guide: '${guide}' }] },
  recipe: {
    steps: { answer: { ask: 'm', system: 'You are kind.', prompt: ({ guide }) => 'Write about ' + guide.a + ', ' + guide.b + ' and ' + guide.c } },
    example: ({ cell, steps }) => ({
      messages: [
        { role: 'user' as const, content: 'Tell me about ' + cell.a + ', ' + cell.b + ' and ' + cell.c },
        { role: 'assistant' as const, content: String(steps.answer) },
      ],
    }),
  },
${usual ? "  checks: [{ check: 'unique' }],\n" : ''}  outputs: { train: { path: 'data/train.jsonl'${usual ? ', holdout: { valid: 0.1 }' : ''} } },
})
${tail}`
}

export const CONFIG = 'datagen.config.ts'
const DATA = 'data'
const KEPT_COPIES = '.datagen/outputs'

export class BenchDataset {
  readonly cells: number
  readonly project: Project
  readonly #bench: Bench
  #first: Promise<Ran> | undefined

  constructor(bench: Bench, cells: number) {
    this.cells = cells
    this.project = new Project()
    this.#bench = bench
    bench.owns(this.project.root)
    this.write()
  }

  /** The first build; made when it is first needed. */
  first(): Promise<Ran> {
    this.#first ??= this.run(BUILD)
    return this.#first
  }

  write(edits?: Edits): void {
    this.project.write(CONFIG, configOf(this.cells, edits))
  }

  /** Milliseconds from start to end of one command. */
  async time(args: readonly string[], code = 0): Promise<number> {
    return (await run(process.execPath, [BIN, ...args], this.#setting(code))).ms
  }

  run(args: readonly string[], code = 0): Promise<Ran> {
    return runWitnessed([BIN, ...args], this.#setting(code))
  }

  #setting(code: number): Setting {
    return { cwd: this.project.root, code }
  }

  /** As it was after its first build. */
  async restore(edits?: Edits): Promise<void> {
    await this.first()
    this.write(edits)
    await this.time(BUILD)
  }

  forgetOutputs(): void {
    this.#remove(DATA)
  }

  forgetCopies(): void {
    this.#remove(KEPT_COPIES)
  }

  forgetColumns(): void {
    for (const name of this.project.names('.datagen')) if (name.startsWith('columns')) this.#remove(`.datagen/${name}`)
  }

  /** Milliseconds that a plain copy of the outputs takes. */
  async copyOutputs(): Promise<number> {
    const to = this.project.path('copy')
    mkdirSync(to, { recursive: true })
    const files = readdirSync(this.project.path(DATA)).map((name) => this.project.path(`${DATA}/${name}`))
    try {
      return (await run('cp', [...files, to])).ms
    } finally {
      rmSync(to, { recursive: true })
    }
  }

  #remove(name: string): void {
    rmSync(this.project.path(name), { recursive: true, force: true })
  }

  close(): void {
    this.#bench.discard(this.project.root)
  }
}

export const BUILD = ['build', '--reporter', 'silent'] as const
