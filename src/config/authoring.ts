/** What a config imports from `datagen`; cheap to load, for it is loaded with every config. */
import type {
  BalanceCheck,
  BatchesPreset,
  CheckFunction,
  CodeCheck,
  CommandCheck,
  ContaminationCheck,
  Conversation,
  CoverageCheck,
  CustomCheck,
  DiversityCheck,
  DriftCheck,
  Evolve,
  ForbidCheck,
  FromDocuments,
  JsonCheck,
  JudgeCheck,
  LanguageCheck,
  LengthCheck,
  NearDuplicatesCheck,
  Pattern,
  Preference,
  RefusalCheck,
  RepetitionCheck,
  RequireCheck,
  ResolvedJudge,
  Rubric,
  SemanticDuplicatesCheck,
  ShareCheck,
  SimulatedResult,
  SingleTurn,
  SpreadCheck,
  TemplatesCheck,
  ToolCommand,
  ToolResultFunction,
  ToolUse,
  UniqueCheck,
  ValueDetail,
} from '../../schema/config.ts'
import type {
  CustomInput,
  DocumentsInput,
  JudgeInput,
  LengthInput,
  RowInput,
  SemanticInput,
  ShareInput,
  SpreadCheckInput,
} from './define.ts'
import type { DimensionPresetName, DimensionPresets, PatternName, RubricName } from './preset-names.ts'
import { presetDimension } from './presets.ts'

export { defineConfig } from './define.ts'
export { env, file } from './tracked.ts'

/** A value of a dimension whose ids are known to the compiler. */
export type Value<Id extends string> = ValueDetail & { readonly id: Id }

/** Ready-made dimensions by name, to be spread: `dimensions: { topic: [...], ...dimensions('phrasing', 'expertise') }`. */
export function dimensions<const Names extends readonly DimensionPresetName[]>(
  ...names: Names
): { [P in Names[number]]: Value<DimensionPresets[P]>[] } {
  return Object.fromEntries(names.map((name) => [name, presetDimension(name)])) as { [P in Names[number]]: Value<DimensionPresets[P]>[] }
}

/** Some values of a ready-made dimension, in the order given. */
dimensions.pick = <P extends DimensionPresetName, const Ids extends readonly DimensionPresets[P][]>(
  name: P,
  ids: Ids,
): Value<Ids[number]>[] => presetDimension(name, ids) as Value<Ids[number]>[]

/** The passages of documents as a dimension: `dimensions: { passage: documents({ files: ['docs/*.md'] }) }`. */
export function documents(options: DocumentsInput['documents']): DocumentsInput {
  return { documents: options }
}

/** `recipes.singleTurn`'s options. A function sees its cell with names checked when it runs; in an object literal, when it compiles. */
export interface SingleTurnOptions<M extends string, N extends string>
  extends Omit<SingleTurn, 'preset' | 'user' | 'assistant' | 'answer'> {
  user?: M
  assistant?: M
  answer?: readonly N[]
}

/** `recipes.fromDocuments`'s options. */
export interface FromDocumentsOptions<M extends string, N extends string>
  extends Omit<FromDocuments, 'preset' | 'user' | 'assistant' | 'answer' | 'passage'>,
    Sides<M, N> {
  passage?: N
}

/** `recipes.preference`'s options. */
export interface PreferenceOptions<M extends string, N extends string>
  extends Omit<Preference, 'preset' | 'user' | 'assistant' | 'answer' | 'judge' | 'weakener'>,
    Sides<M, N> {
  judge?: M
  weakener?: M
}

/** `recipes.toolUse`'s options. */
export interface ToolUseOptions<M extends string, N extends string>
  extends Omit<ToolUse, 'preset' | 'user' | 'assistant' | 'answer' | 'results' | 'simulator'>,
    Sides<M, N> {
  results?: { [tool: string]: ToolResultFunction | ToolCommand | (Omit<SimulatedResult, 'simulate'> & { simulate: M }) }
  simulator?: M
}

/** `recipes.evolve`'s options. */
export interface EvolveOptions<M extends string, N extends string>
  extends Omit<Evolve, 'preset' | 'user' | 'assistant' | 'answer' | 'evolver'>,
    Sides<M, N> {
  evolver?: M
}

/** Who asks and who answers, and which dimensions shape the answer. */
interface Sides<M extends string, N extends string> {
  user?: M
  assistant?: M
  answer?: readonly N[]
}

/** `recipes.conversation`'s options. */
export interface ConversationOptions<M extends string, N extends string>
  extends Omit<Conversation, 'preset' | 'pattern' | 'user' | 'assistant' | 'persona' | 'resolved' | 'answer'> {
  pattern: PatternName | Pattern
  user?: M
  assistant?: M
  persona?: N | readonly N[]
  resolved?: Omit<ResolvedJudge, 'by'> & { by: M }
  answer?: readonly N[]
}

/** Ready-made recipes. */
export const recipes = {
  /** One model writes the user's message from the cell's guides; another answers it under the dataset's own system prompt. */
  singleTurn<const M extends string = never, const N extends string = never>(
    options: SingleTurnOptions<M, N> = {},
  ): SingleTurnOptions<NoInfer<M>, NoInfer<N>> & { preset: 'singleTurn' } {
    return { preset: 'singleTurn', ...options }
  },
  /** A question that a passage of your documents answers, and an answer from that passage alone. */
  fromDocuments<const M extends string = never, const N extends string = never>(
    options: FromDocumentsOptions<M, N> = {},
  ): FromDocumentsOptions<NoInfer<M>, NoInfer<N>> & { preset: 'fromDocuments' } {
    return { preset: 'fromDocuments', ...options }
  },
  /** A chosen and a rejected answer: the best and the worst of several by a judge, or a good one and the same with one fault. */
  preference<const M extends string = never, const N extends string = never>(
    options: PreferenceOptions<M, N> = {},
  ): PreferenceOptions<NoInfer<M>, NoInfer<N>> & { preset: 'preference' } {
    return { preset: 'preference', ...options }
  },
  /** The assistant calls your tools, gets results from a function, a command or a model, and answers. */
  toolUse<const M extends string = never, const N extends string = never>(
    options: ToolUseOptions<M, N>,
  ): ToolUseOptions<NoInfer<M>, NoInfer<N>> & { preset: 'toolUse' } {
    return { preset: 'toolUse', ...options }
  },
  /** A first message made harder by named operations, one after the other, and then answered. */
  evolve<const M extends string = never, const N extends string = never>(
    options: EvolveOptions<M, N> = {},
  ): EvolveOptions<NoInfer<M>, NoInfer<N>> & { preset: 'evolve' } {
    return { preset: 'evolve', ...options }
  },
  /** A simulated user with a hidden goal and the assistant take turns along a pattern; each turn is asked for by itself. */
  conversation<const M extends string = never, const N extends string = never>(
    options: ConversationOptions<M, N>,
  ): ConversationOptions<NoInfer<M>, NoInfer<N>> & { preset: 'conversation' } {
    return { preset: 'conversation', ...options }
  },
}

/** Ready-made batches. */
export const batches = {
  /** Four batches that learn from each other: foundation, complexity, coverage of measured gaps, polish. */
  fourStage: (options: Omit<BatchesPreset, 'preset'> = {}): BatchesPreset => ({ preset: 'fourStage', ...options }),
  /** One example for each scenario × expertise × phrasing × complexity: 27 for each scenario. */
  systematic: (): BatchesPreset => ({ preset: 'systematic' }),
}

/** What every row must pass. */
export const checks = {
  /** No two rows may have the same text of this side. */
  unique: (options: Omit<UniqueCheck, 'check'> = {}): UniqueCheck => ({ check: 'unique', ...options }),
  /** No two rows may be nearly the same by their runs of five words; by default the user's texts are compared. */
  nearDuplicates: (options: Omit<NearDuplicatesCheck, 'check'> = {}): NearDuplicatesCheck => ({ check: 'near-duplicates', ...options }),
  /** No two rows may mean nearly the same, by a model of embeddings; by default the user's texts are compared. */
  semanticDuplicates: <const M extends string>(
    options: Omit<SemanticDuplicatesCheck, 'check' | 'model'> & { model: M },
  ): SemanticInput<M> => ({
    check: 'semantic-duplicates',
    ...options,
  }),
  /** Bounds on the length of messages, in characters. */
  length: <const M>(options: Omit<LengthCheck, 'check' | 'where'> & { where?: M }): LengthInput<M> => ({ check: 'length', ...options }),
  /** Phrases that may not occur, letter case aside; by default in answers. */
  forbid: (phrases: string[], options: Omit<ForbidCheck, 'check' | 'phrases'> = {}): ForbidCheck => ({
    check: 'forbid',
    phrases,
    ...options,
  }),
  /** At least one of these phrases must occur, letter case aside; by default in answers. */
  require: (phrases: string[], options: Omit<RequireCheck, 'check' | 'phrases'> = {}): RequireCheck => ({
    check: 'require',
    phrases,
    ...options,
  }),
  /** Answers that refuse, or in which the model speaks of itself as one. */
  refusal: <const M>(options: Omit<RefusalCheck, 'check' | 'where'> & { where?: M } = {}): RowInput<RefusalCheck, M> => ({
    check: 'refusal',
    ...options,
  }),
  /** A text that says the same words over and over. */
  repetition: <const M>(options: Omit<RepetitionCheck, 'check' | 'where'> & { where?: M } = {}): RowInput<RepetitionCheck, M> => ({
    check: 'repetition',
    ...options,
  }),
  /** The language of a text, as far as it can be told; by default of answers. */
  language: <const M>(options: Omit<LanguageCheck, 'check' | 'where'> & { where?: M }): RowInput<LanguageCheck, M> => ({
    check: 'language',
    ...options,
  }),
  /** Every answer is one JSON value, which may have to match a schema. */
  json: <const M>(options: Omit<JsonCheck, 'check' | 'where'> & { where?: M } = {}): RowInput<JsonCheck, M> => ({
    check: 'json',
    ...options,
  }),
  /** Fenced code in answers parses; it is never run. */
  code: <const M>(options: Omit<CodeCheck, 'check' | 'where'> & { where?: M } = {}): RowInput<CodeCheck, M> => ({
    check: 'code',
    ...options,
  }),
  /** No row may repeat items of an evaluation. */
  contamination: <const M>(options: Omit<ContaminationCheck, 'check' | 'where'> & { where?: M }): RowInput<ContaminationCheck, M> => ({
    check: 'contamination',
    ...options,
  }),
  /** Phrases that many rows share, and ways in which many begin. */
  templates: (options: Omit<TemplatesCheck, 'check'> = {}): TemplatesCheck => ({ check: 'templates', ...options }),
  /** How varied the rows are together. */
  diversity: (options: Omit<DiversityCheck, 'check'> = {}): DiversityCheck => ({ check: 'diversity', ...options }),
  /** How far rows lie apart by what they mean, with limits of your own. */
  spread: <const M extends string>(options: Omit<SpreadCheck, 'check' | 'model'> & { model: M }): SpreadCheckInput<M> => ({
    check: 'spread',
    ...options,
  }),
  /** Whether answers change from the first row of a batch to its last. */
  drift: (options: Omit<DriftCheck, 'check'> = {}): DriftCheck => ({ check: 'drift', ...options }),
  /** Whether every possible value and pair of values occurs. */
  coverage: (options: Omit<CoverageCheck, 'check'> = {}): CoverageCheck => ({ check: 'coverage', ...options }),
  /** Whether values have about the shares that their weights give them. */
  balance: (options: Omit<BalanceCheck, 'check'> = {}): BalanceCheck => ({ check: 'balance', ...options }),
  /** Bounds on the share of rows that are not of a dimension's first value: `checks.share({ edge: [0.2, 0.3] })`. */
  share: <const S extends { readonly [dimension: string]: readonly [number, number] }>(
    shares: S,
    options: Omit<ShareCheck, 'check' | 'shares'> = {},
  ): ShareInput<S> => ({ check: 'share', shares, ...options }),
  /** A model gives every criterion of a rubric a level; thresholds (`min`) stand apart, so moving one asks nothing. */
  judge: <const M extends string, const W = never>(
    options: Omit<JudgeCheck, 'check' | 'by' | 'rubric' | 'where'> & { by: M; rubric?: RubricName | Rubric; where?: W },
  ): JudgeInput<W, M> => ({ check: 'judge', ...options }),
  /** A command that reads each finished example and says what it thinks of it: `checks.command({ run: ['python3', 'check.py'] })`. */
  command: <const M>(options: Omit<CommandCheck, 'check' | 'where'> & { where?: M }): RowInput<CommandCheck, M> => ({
    check: 'command',
    ...options,
  }),
  /** A function of the example and its cell: true, or what is wrong. Findings carry the name. */
  custom: (
    name: string,
    test: CheckFunction,
    options: Pick<CustomCheck, 'severity' | 'retry'> = {},
  ): CustomInput<Parameters<CheckFunction>[1]> => ({
    check: 'custom',
    name,
    test,
    ...options,
  }),
}
