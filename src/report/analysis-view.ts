/** What `datagen analyze` found out about one file, as data: `--json` prints it, the screen is made from it. */
import type { MeasureReport } from '../events/measures.ts'

export interface AnalysisView {
  readonly file: AnalyzedFile
  readonly measures: MeasureReport
  readonly tokens: AnalyzedTokens
}

export interface AnalyzedFile {
  /** As it should be shown. */
  readonly name: string
  readonly bytes: number
  readonly layout: string
  readonly packing: string
  /** Ids of formats and how many rows were read as them. */
  readonly formats: { readonly [id: string]: number }
  /** Rows that could not be read. */
  readonly broken: {
    readonly rows: number
    readonly examples: readonly { readonly row: number; readonly line?: number; readonly code: string; readonly message: string }[]
  }
  /** The file of cells beside it, as it should be shown. */
  readonly cells?: string
}

export interface AnalyzedTokens {
  /** Name of the encoding. */
  readonly tokenizer: string
  readonly prompt: number
  readonly response: number
  /** System prompts, results of tools, rejected answers: by the others' bytes a token. */
  readonly other: number
  readonly total: number
  /** Counted over a sample and projected by bytes. */
  readonly estimated: boolean
  /** At the price that was given. */
  readonly cost?: { readonly usdPerMillion: number; readonly usd: number }
}
