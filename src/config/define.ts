/** The types behind `defineConfig`: names and values of a config as literals, so that a typing mistake does not compile. */
import type {
  Batch,
  BatchesPreset,
  Check,
  CheckFunction,
  Config,
  Conversation,
  CustomCheck,
  DeriveStep,
  DimensionValue,
  DocumentsOptions,
  DomainPreset,
  Evolve,
  Example,
  FormatPreset,
  FromDocuments,
  Gaps,
  JudgeCheck,
  LengthCheck,
  Message,
  Model,
  Output,
  Pattern,
  Preference,
  Recipe,
  ResolvedJudge,
  Role,
  Rubric,
  RunStep,
  SemanticDuplicatesCheck,
  ShareCheck,
  SimulatedResult,
  SingleTurn,
  SpreadCheck,
  SpreadStep,
  Tool,
  ToolCommand,
  ToolUse,
  ValueDetail,
} from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import type {
  DimensionPresetName,
  DimensionPresets,
  DomainName,
  DomainPresets,
  FormatName,
  FormatPresets,
  PatternName,
  RubricName,
} from './preset-names.ts'

/** `dimensions` as it may be written. */
export interface DimensionsInput {
  readonly [name: string]: readonly (string | Readonly<ValueDetail>)[] | PresetInput | DocumentsInput
}

/** A ready-made dimension, or some of its values. */
export type PresetInput = {
  [P in DimensionPresetName]: { readonly preset: P; readonly pick?: readonly DimensionPresets[P][] }
}[DimensionPresetName]

/** See `DocumentsDimension`. */
export interface DocumentsInput {
  readonly documents: Omit<Readonly<DocumentsOptions>, 'files' | 'text'> & {
    readonly files: readonly string[]
    readonly text?: string | readonly string[]
  }
}

type ValueId<V> = V extends string ? V : V extends { readonly id: infer Id extends string } ? Id : never

/** The value ids of one dimension. */
export type ValueIds<Values> = Values extends readonly (infer V)[]
  ? ValueId<V>
  : Values extends { readonly pick: readonly (infer Picked extends string)[] }
    ? Picked
    : Values extends { readonly preset: infer P extends DimensionPresetName }
      ? DimensionPresets[P]
      : Values extends DocumentsInput
        ? string
        : never

/** A cell: the value id of each dimension. */
export type Cell<D> = { readonly [K in keyof D]: ValueIds<D[K]> }

/** Dimensions with the value, or one of the values, that a cell must have there. */
export type Match<D> = { readonly [K in keyof D]?: ValueIds<D[K]> | readonly ValueIds<D[K]>[] }

/** What a prompt or a derive function sees. */
export interface Context<D, Step extends string = string> {
  readonly cell: Cell<D>
  readonly guide: { readonly [K in keyof D]: string }
  readonly steps: { readonly [K in Step]: Json }
  readonly sample: number
  readonly covered: readonly string[]
  readonly remarks: readonly string[]
}

export type TextInput<D, Step extends string = string> = string | ((context: Context<D, Step>) => string)

export type ConstraintInput<D> =
  | { readonly not: Match<D> }
  | { readonly if: Match<D>; readonly then: Match<D> }
  | ((cell: Cell<D>) => boolean)

export type WhenInput<D, Step extends string = string> = string | ((context: Context<D, Step>) => boolean)

interface MessageInput<D, Step extends string> {
  readonly role: Role
  readonly content: TextInput<D, Step>
}

/** See `AskStep`. */
export interface AskInput<D, M extends string, Step extends string>
  extends Omit<Extract<Recipe['steps'][string], { ask: string }>, 'ask' | 'system' | 'prompt' | 'messages' | 'when'> {
  ask: M
  system?: TextInput<D, Step>
  prompt?: TextInput<D, Step>
  messages?: readonly MessageInput<D, Step>[] | ((context: Context<D, Step>) => Message[])
  when?: WhenInput<D, Step>
}

/** See `DeriveStep`. */
export interface DeriveInput<D, Step extends string> extends Omit<DeriveStep, 'derive' | 'when'> {
  derive: string | ((context: Context<D, Step>) => Json)
  when?: WhenInput<D, Step>
}

/** See `RunStep`. */
export interface RunInput<D, Step extends string> extends Omit<RunStep, 'when'> {
  when?: WhenInput<D, Step>
}

/** See `SpreadStep`. */
export interface SpreadInput<D, M extends string, Step extends string>
  extends Omit<SpreadStep, 'spread' | 'system' | 'prompt' | 'over' | 'when'> {
  spread: M
  system?: TextInput<D, Step>
  prompt: TextInput<D, Step>
  over?: keyof D & string
  when?: WhenInput<D, Step>
}

type StepInput<D, M extends string, Step extends string> =
  | AskInput<D, M, Step>
  | DeriveInput<D, Step>
  | RunInput<D, Step>
  | SpreadInput<D, M, Step>

/** See `Recipe`. */
export interface RecipeInput<D, M extends string, Step extends string> extends Omit<Recipe, 'steps' | 'example'> {
  steps: { readonly [K in Step]: StepInput<D, M, NoInfer<Step>> }
  example:
    | { readonly messages: readonly MessageInput<D, NoInfer<Step>>[]; readonly rejected?: readonly MessageInput<D, NoInfer<Step>>[] }
    | ((context: Context<D, NoInfer<Step>>) => Example)
}

/** What every ready-made recipe says of the two sides. */
interface ExchangeInput<D, M extends string> {
  user?: M
  assistant?: M
  system?: TextInput<D>
  instructions?: TextInput<D>
  answer?: readonly (keyof D & string)[]
}

/** See `SingleTurn`. */
export interface SingleTurnInput<D, M extends string> extends Omit<SingleTurn, keyof ExchangeInput<D, M>>, ExchangeInput<D, M> {}

/** See `FromDocuments`. */
export interface FromDocumentsInput<D, M extends string>
  extends Omit<FromDocuments, keyof ExchangeInput<D, M> | 'passage'>,
    ExchangeInput<D, M> {
  passage?: keyof D & string
}

/** See `Preference`. */
export interface PreferenceInput<D, M extends string>
  extends Omit<Preference, keyof ExchangeInput<D, M> | 'judge' | 'weakener' | 'rubric' | 'kinds'>,
    ExchangeInput<D, M> {
  judge?: M
  weakener?: M
  rubric?: TextInput<D>
  kinds?: readonly DimensionValue[]
}

/** See `SimulatedResult`. */
interface SimulatedInput<D, M extends string> extends Omit<SimulatedResult, 'simulate' | 'guide'> {
  simulate: M
  guide?: TextInput<D>
}

/** See `ToolUse`. */
export interface ToolUseInput<D, M extends string>
  extends Omit<ToolUse, keyof ExchangeInput<D, M> | 'tools' | 'results' | 'simulator'>,
    ExchangeInput<D, M> {
  tools: readonly Tool[]
  results?: { readonly [tool: string]: ((args: JsonObject, context: Context<D>) => Json) | ToolCommand | SimulatedInput<D, M> }
  simulator?: M
}

/** See `Evolve`. */
export interface EvolveInput<D, M extends string>
  extends Omit<Evolve, keyof ExchangeInput<D, M> | 'operations' | 'evolver'>,
    ExchangeInput<D, M> {
  operations?: readonly DimensionValue[]
  evolver?: M
}

/** Any ready-made recipe. */
export type ReadyMadeInput<D, M extends string> =
  | SingleTurnInput<D, M>
  | FromDocumentsInput<D, M>
  | PreferenceInput<D, M>
  | ToolUseInput<D, M>
  | EvolveInput<D, M>
  | ConversationInput<D, M>

/** See `Conversation`. */
export interface ConversationInput<D, M extends string>
  extends Omit<Conversation, 'pattern' | 'user' | 'assistant' | 'system' | 'instructions' | 'persona' | 'goal' | 'resolved' | 'answer'> {
  pattern: PatternName | Pattern
  user?: M
  assistant?: M
  system?: TextInput<D>
  instructions?: TextInput<D>
  persona?: (keyof D & string) | readonly (keyof D & string)[]
  goal?: TextInput<D>
  resolved?: Omit<ResolvedJudge, 'by'> & { by: M }
  answer?: readonly (keyof D & string)[]
}

/** See `Batch`. */
export interface BatchInput<D, B extends string> extends Omit<Batch, 'where' | 'after' | 'per' | 'gaps' | 'quota'> {
  quota?: { readonly [K in keyof D]?: { readonly [V in ValueIds<D[K]>]: number } }
  where?: Match<D> | readonly Match<D>[] | ((cell: Cell<D>) => boolean)
  after?: readonly B[]
  per?: readonly (keyof D & string)[]
  gaps?: true | (Omit<Gaps, 'shares'> & { shares?: { readonly [K in keyof D]?: readonly [number, number] } })
}

/** See `LengthCheck`. */
export interface LengthInput<M> extends Omit<LengthCheck, 'where'> {
  where?: M
}

/** See `CustomCheck`. */
export interface CustomInput<C> extends Omit<CustomCheck, 'test'> {
  test: (example: Example, cell: C) => ReturnType<CheckFunction>
}

/** A check that may look at some cells only. */
export type RowInput<C, M> = C extends { where?: unknown } ? Omit<C, 'where'> & { where?: M } : C

/** See `JudgeCheck`. */
export interface JudgeInput<W, M> extends Omit<JudgeCheck, 'by' | 'rubric' | 'where'> {
  by: M
  rubric?: RubricName | Rubric
  where?: W
}

/** See `SemanticDuplicatesCheck`. */
export interface SemanticInput<M> extends Omit<SemanticDuplicatesCheck, 'model'> {
  model: M
}

/** See `SpreadCheck`. */
export interface SpreadCheckInput<M> extends Omit<SpreadCheck, 'model'> {
  model: M
}

/** See `ShareCheck`. */
export interface ShareInput<S> extends Omit<ShareCheck, 'shares'> {
  shares: S
}

type BuiltIn = Exclude<Check, LengthCheck | CustomCheck | ShareCheck | JudgeCheck | SemanticDuplicatesCheck | SpreadCheck>
type SharesOf<D> = { readonly [K in keyof D]?: readonly [number, number] }

export type CheckInput<D, M> =
  | RowInput<BuiltIn, Match<D>>
  | ShareInput<SharesOf<D>>
  | LengthInput<Match<D>>
  | CustomInput<Cell<D>>
  | JudgeInput<Match<D>, M>
  | SemanticInput<M>
  | SpreadCheckInput<M>

/** See `Output`. */
export interface OutputInput<D, B extends string> extends Omit<Output, 'where' | 'batches'> {
  where?: Match<D>
  batches?: readonly B[]
}

/** A ready-made domain, or one with changes. */
export type DomainInput = DomainName | { [P in DomainName]: DomainChanges<P> }[DomainName]

interface DomainChanges<P extends DomainName>
  extends Omit<DomainPreset, 'preset' | 'without' | 'dimensions' | 'scenarios' | 'user' | 'assistant'> {
  readonly preset: P
  readonly without?: readonly string[]
  readonly dimensions?: readonly Exclude<keyof DomainPresets[P], 'scenario'>[]
  readonly scenarios?: readonly DomainPresets[P]['scenario'][]
  readonly user?: readonly string[]
  readonly assistant?: readonly string[]
}

/** A ready-made format, or one with changes. */
export type FormatInput = FormatName | { [P in FormatName]: FormatChanges<P> }[FormatName]

interface FormatChanges<P extends FormatName> extends Omit<FormatPreset, 'preset' | 'without' | 'dimensions' | 'user' | 'assistant'> {
  readonly preset: P
  readonly without?: readonly string[]
  readonly dimensions?: readonly (keyof FormatPresets[P])[]
  readonly user?: readonly string[]
  readonly assistant?: readonly string[]
}

type NameOf<Given> = Given extends { readonly preset: infer P } ? P : Given

/** What is left of the dimensions, or of the values, when some ids are left out. */
type Without<Id, Given> = Given extends { readonly without: readonly (infer Out)[] } ? Exclude<Id, Out> : Id

/** The names of a preset's dimensions that are kept. */
type Kept<All, Given> = Without<
  Given extends { readonly dimensions: readonly (infer Name)[] } ? Extract<keyof All, Name | 'scenario'> : keyof All,
  Given
>

type Scenarios<Ids, Given> = Without<Given extends { readonly scenarios: readonly (infer Picked)[] } ? Extract<Ids, Picked> : Ids, Given>

type BroughtBy<All, Given> = {
  readonly [K in Kept<All, Given> & keyof All]: readonly (K extends 'scenario' ? Scenarios<All[K], Given> & string : All[K] & string)[]
}

type Brought<Domain, Format> = (NameOf<Domain> extends infer P extends DomainName ? BroughtBy<DomainPresets[P], Domain> : unknown) &
  (NameOf<Format> extends infer P extends FormatName ? BroughtBy<FormatPresets[P], Format> : unknown)

/** All dimensions of a config: its own, and those that its domain and format bring under other names. */
export type AllDimensions<D, Domain, Format> = [Domain, Format] extends [undefined, undefined]
  ? D
  : Flat<Omit<Brought<Domain, Format>, keyof D> & D>

type Flat<T> = { [K in keyof T]: T[K] }

/** See `Config`. */
export interface ConfigInput<
  D extends DimensionsInput,
  M extends string,
  Step extends string,
  B extends string,
  Domain extends DomainInput | undefined,
  Format extends FormatInput | undefined,
  All = AllDimensions<D, Domain, Format>,
> extends Omit<Config, 'models' | 'domain' | 'format' | 'dimensions' | 'where' | 'recipe' | 'batches' | 'checks' | 'outputs'> {
  models?: { readonly [K in M]: Model | string }
  domain?: Domain
  format?: Format
  dimensions?: D
  where?: readonly ConstraintInput<All>[]
  recipe: RecipeInput<All, NoInfer<M>, Step> | ReadyMadeInput<All, NoInfer<M>>
  batches?: { readonly [K in B]: BatchInput<All, NoInfer<B>> } | BatchesPreset
  checks?: readonly CheckInput<All, NoInfer<M>>[]
  outputs?: { readonly [name: string]: OutputInput<All, NoInfer<B>> }
}

/** Declares a dataset. Returns its argument: what it adds are types, under which a misspelled name does not compile. */
export function defineConfig<
  // biome-ignore lint/complexity/noBannedTypes: no dimensions, rather than any
  const D extends DimensionsInput = {},
  const M extends string = 'default',
  const Step extends string = string,
  const B extends string = 'all',
  const Domain extends DomainInput | undefined = undefined,
  const Format extends FormatInput | undefined = undefined,
>(config: ConfigInput<D, M, Step, B, Domain, Format>): Config {
  return config as unknown as Config
}
