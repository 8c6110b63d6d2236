/** A config that has been found valid: every name resolved, every default filled in, order kept. */
import type {
  CellMatch,
  CheckFunction,
  CodeCheck,
  Example,
  LanguageCheck,
  LocalModel,
  OutputFormat,
  PlatformName,
  Price,
  Severity,
  Simulate,
  StepContext,
  Tool,
} from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import type { Place } from '../util/diagnostic.ts'
import type { RunnableLanguage } from '../util/run-languages.ts'
import type { RunLanguage, Sandbox, SandboxLimits } from '../util/sandbox.ts'
import type { ReviewsText } from './reviews-file.ts'

/** What `plan/` receives; it cannot be invalid. */
export interface Dataset {
  readonly name: string
  readonly models: ReadonlyMap<string, ModelSpec>
  readonly dimensions: readonly DimensionSpec[]
  readonly constraints: readonly ((cell: CellValues) => boolean)[]
  readonly recipe: RecipeSpec
  /** In the order they run: every batch stands behind those it comes `after`. */
  readonly batches: readonly BatchSpec[]
  readonly checks: readonly CheckSpec[]
  readonly outputs: readonly OutputSpec[]
  readonly concurrency: number
  readonly maxCells: number
  /** Where a config path such as `['dimensions','phrasing',0,'guide']` stands in its file. */
  readonly locate: (path: readonly (string | number)[]) => Place | undefined
}

/** Value ids by dimension; reading an unknown dimension throws `UnknownName`. */
export type CellValues = { readonly [dimension: string]: string }

export interface DimensionSpec {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly guide: string; readonly weight: number }[]
}

/** A model with the provider it belongs to; `params` are wire fields, in snake case, without `model`. */
export interface ModelSpec {
  /** Its name in the config, or `default`. */
  readonly name: string
  /** Well-known provider (`openai`, `ollama`, …) or `simulated`. */
  readonly provider: string
  readonly model: string
  readonly baseUrl?: string
  /** What stands for the endpoint in keys: `identity:`, else the base URL of a custom endpoint, else the provider's name. */
  readonly identity: string
  readonly apiKeyEnv?: string
  /** Of every request, by their names in lower case; part of no key. */
  readonly headers?: { readonly [name: string]: string | { readonly env: string } }
  readonly params: JsonObject
  /** Left out, it is asked by chat completions. */
  readonly api?: 'responses'
  /** Answers come in pieces; part of no key, because they are the same answers. */
  readonly stream?: true
  readonly structured: 'json_schema' | 'json_object' | 'prompt'
  readonly timeoutMs: number
  readonly limitsMs?: TimeLimitsMs
  readonly truncatedPrompts?: 'accept'
  /** True, or the name that answers must give. */
  readonly pin?: true | string
  /** What the config allows; never part of a key. */
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  /** Set where slow calls are made a second time; never part of a key. */
  readonly hedge?: HedgeSpec
  readonly price?: Readonly<Price>
  readonly simulate?: Simulate
  /** A model file: its absolute path or its `hf:` address, and how it is run. */
  readonly local?: LocalModel & { readonly file: string }
  /** Set for a model that is asked through the Batch API; never part of a key. */
  readonly jobs?: { readonly requests: number; readonly bytes: number }
  /** Why datagen chose it, when the config names no model. */
  readonly why?: string
}

export interface HedgeSpec {
  /** Second calls, as a share of all others. */
  readonly atMost: number
  /** Left out, it is measured. */
  readonly afterMs?: number
}

/** How long parts of an attempt may take, in milliseconds. */
export interface TimeLimitsMs {
  readonly connect: number
  /** Left out, the whole attempt's limit counts. */
  readonly firstByte?: number
  readonly idle: number
}

/** Fills a text in for one cell; throws `TextProblem` for what the config's author must mend. */
export type Render = (context: StepContext) => string

export type StepSpec = AskSpec | DeriveSpec | RunSpec

interface AnyStepSpec {
  readonly name: string
  /**
   * Where it is false the step is skipped: its value is null, and nothing is asked. A pure function of the cell and the steps
   * before, so that everyone who walks an item skips the same steps.
   */
  readonly when?: (context: StepContext) => boolean
}

export interface AskSpec extends AnyStepSpec {
  readonly kind: 'ask'
  readonly model: ModelSpec
  /** As they go over the wire. */
  readonly messages: (context: StepContext) => readonly JsonObject[]
  /** All items that ask the same share one answer, on purpose. */
  readonly shared?: true
  readonly schema?: JsonObject
  /** What the model may call; then the step's value is a text, or `{ content, tool_calls }`. */
  readonly tools?: readonly Tool[]
  /** `none`: the tools are shown, because the conversation has calls of them, but an answer is wanted. */
  readonly toolChoice?: 'none' | 'required'
  /** False: one call at a time. */
  readonly parallelCalls?: false
  /** Why an answer of the right shape will not do: asked again as any rejected one. Pure, so that everyone agrees. */
  readonly accept?: (value: Json, context: StepContext) => { readonly code: string; readonly message: string } | undefined
  /** What the schema is called in the request, where it is not the step's name. */
  readonly schemaName?: string
  /** Set for a step that asks for the vector of this text, instead of an answer to messages; its value is base64. Only of an example that could be a row. */
  readonly embeds?: (context: StepContext) => string
  /** Set for a step that judges the finished example: it is asked only about one that could be a row. */
  readonly verdict?: VerdictSpec
  readonly version?: string
}

export interface VerdictSpec {
  /** Id of the check that reads it. */
  readonly check: string
  /** What is wrong with a verdict that its schema accepts; undefined for a usable one. */
  readonly refuse: (verdict: Json) => string | undefined
  /** What it asks about any example, as it goes over the wire. */
  readonly ask: (example: Example, of: JudgedCell) => readonly JsonObject[]
}

/** Of an item, what a judge is told beside the example. */
export type JudgedCell = Pick<StepContext, 'cell' | 'guide'>

export interface DeriveSpec extends AnyStepSpec {
  readonly kind: 'derive'
  readonly derive: (context: StepContext) => Json
}

export interface RunSpec extends AnyStepSpec {
  readonly kind: 'run'
  readonly argv: readonly string[]
  readonly timeoutMs: number
  /** Names of environment variables passed on. */
  readonly env: readonly string[]
  /** SHA-256 of each project file named in argv, by path: part of the key. */
  readonly files: { readonly [path: string]: string }
  /** What it reads on its standard input; left out, the whole context. */
  readonly input?: (context: StepContext) => Json
  /** Set where the input is code to run and not a command's. */
  readonly sandbox?: SandboxSpec
  /** Set for a command that checks the finished example: it runs only on one that could be a row. */
  readonly verdict?: CommandVerdictSpec
  readonly version?: string
}

/** Where code is run. */
export interface SandboxSpec {
  readonly found: FoundSandbox
  readonly limits: SandboxLimits
}

/** A sandbox that works here, or why there is none: then nothing is run, and what should have been fails. */
export type FoundSandbox =
  | {
      readonly sandbox: Sandbox
      /** Of the Node that runs datagen, and JavaScript in sandboxes that are no containers. */
      readonly execPath: string
      readonly interpreters: { readonly [L in RunLanguage]?: Interpreter }
    }
  | { readonly missing: string }

export type Interpreter = { readonly version: string } | { readonly missing: string }

export interface CommandVerdictSpec {
  /** Id of the check that reads it. */
  readonly check: string
  readonly by: 'json' | 'exit-code'
  /** Of the check, for who must mend it. */
  readonly place?: Place
}

export interface RecipeSpec {
  readonly steps: readonly StepSpec[]
  readonly example: (context: StepContext) => Example
  readonly attempts: number
  /** What every example will be, where that can be told before there is one. */
  readonly makes?: Makes
  /** Choices that the recipe itself makes for each cell: they count as dimensions where coverage is measured. */
  readonly branches?: readonly BranchSpec[]
  /** What a row's sidecar line says of how it was made, beside cell and answers. */
  readonly details?: (context: StepContext) => JsonObject
}

/** A choice that a recipe makes for each cell, with the shares it aims at; where a way is not open, others have its share. */
export interface BranchSpec {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  readonly of: (cell: CellValues) => string
}

/** The shape of a recipe's examples. */
export interface Makes {
  readonly rejected: boolean
  readonly tools: boolean
  /** `one`: one message of the user and one of the assistant. */
  readonly turns: 'one' | 'many'
}

/** A choice that a recipe makes by a hash of the cell. */
export interface BranchSpec {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  readonly of: (cell: CellValues) => string
}

export interface BatchSpec {
  readonly name: string
  readonly size?: number
  /** Every combination of values in any so many dimensions is covered. */
  readonly strength?: number
  readonly quota?: readonly QuotaSpec[]
  readonly where?: (cell: CellValues) => boolean
  /** One cell for each combination of these dimensions. */
  readonly per?: readonly string[]
  readonly samples: number
  readonly after: readonly string[]
  readonly gaps?: GapsSpec
  readonly rounds: number
  readonly acceptedExactly?: number
  /** The most items planned to come to `acceptedExactly`. */
  readonly candidates: number
  readonly avoid?: { readonly most: number; readonly version?: string }
  readonly remarks: boolean
  readonly gate?: GateSpec
}

/** What planning from gaps looks at. */
export interface GapsSpec {
  readonly strength: 1 | 2 | 3
  /** Least and largest share of rows that are not of a dimension's first value. */
  readonly shares: ReadonlyMap<string, readonly [number, number]>
  readonly fill: boolean
}

export interface GateSpec {
  readonly accepted?: number
  readonly rejectedBy: ReadonlyMap<string, number>
  /** Ids of the checks whose measures must not fail; `all`: of every one. */
  readonly measures: 'all' | readonly string[]
  readonly approval: boolean
}

/** How much of a batch each value of a dimension gets, relative to the others; every value has its part. */
export interface QuotaSpec {
  readonly dimension: string
  readonly parts: ReadonlyMap<string, number>
}

export interface CheckSpec {
  /** Unique among the dataset's checks; findings carry it. */
  readonly id: string
  readonly severity: Severity
  /** A row that it turns down goes back to the step that it is about, with the finding, as long as there are attempts. */
  readonly retry?: true
  readonly rule:
    | { readonly check: 'unique'; readonly of: 'user' | 'assistant' | 'conversation' }
    | { readonly check: 'near-duplicates'; readonly of: 'user' | 'assistant' | 'conversation'; readonly similarity: number }
    | {
        readonly check: 'semantic-duplicates'
        readonly of: 'user' | 'assistant' | 'conversation'
        /** Cosine. */
        readonly similarity: number
        /** Name of the step whose value is the vector. */
        readonly step: string
      }
    | {
        readonly check: 'length'
        readonly of: 'user' | 'assistant'
        readonly min: number
        readonly max: number
        /** A dimension, and the bounds for those of its values that have their own. */
        readonly by?: { readonly dimension: string; readonly each: ReadonlyMap<string, BoundsSpec> }
        readonly where?: CellMatch
      }
    | { readonly check: 'forbid' | 'require'; readonly of: 'user' | 'assistant'; readonly phrases: readonly string[] }
    | { readonly check: 'refusal'; readonly disclaimers: boolean; readonly where?: CellMatch }
    | { readonly check: 'repetition'; readonly of: 'user' | 'assistant'; readonly max: number; readonly where?: CellMatch }
    | { readonly check: 'language'; readonly of: 'user' | 'assistant'; readonly is: LanguageCheck['is']; readonly where?: CellMatch }
    | { readonly check: 'json'; readonly schema?: JsonObject; readonly fenced: boolean; readonly where?: CellMatch }
    | {
        readonly check: 'code'
        readonly languages: ReadonlySet<NonNullable<CodeCheck['languages']>[number]>
        readonly required: boolean
        /** Languages whose code is run, and the step that does it. */
        readonly runs?: { readonly languages: ReadonlySet<RunnableLanguage>; readonly step: string }
        readonly where?: CellMatch
      }
    | {
        readonly check: 'contamination'
        readonly items: readonly EvaluationItem[]
        readonly any: number
        readonly half: number
        readonly where?: CellMatch
      }
    | MeasureRule
    | ShareRule
    | SpreadRule
    | JudgeRule
    | { readonly check: 'command' /** Name of the step whose value is the verdict. */; readonly step: string }
    | { readonly check: 'custom'; readonly test: CheckFunction }
}

/** A rule over all rows together; it rejects none. */
export interface MeasureRule {
  readonly check: 'templates' | 'diversity' | 'drift' | 'coverage' | 'balance'
  /** Ids of the thresholds that it looks at, with their limits. */
  readonly measures: ReadonlyMap<string, LimitsSpec>
  readonly fails: boolean
}

/** A rule over the vectors of all rows together. */
export interface SpreadRule {
  readonly check: 'spread'
  /** Name of the step whose value is the vector. */
  readonly step: string
  readonly measures: ReadonlyMap<'nearest' | 'distance', LimitsSpec>
  readonly fails: boolean
}

/** Bounds on the share of rows that are not of a dimension's first value. */
export interface ShareRule {
  readonly check: 'share'
  readonly shares: ReadonlyMap<string, readonly [number, number]>
  readonly fails: boolean
}

/** Where a measure remarks; null: never. */
export interface LimitsSpec {
  readonly warn: number | null
  readonly fail: number | null
}

/** Least and most characters. */
export interface BoundsSpec {
  readonly min: number
  readonly max: number
}

/** An item that a model is to be tested on. */
export interface EvaluationItem {
  /** As the config names it. */
  readonly file: string
  /** Its number in the file, from 1. */
  readonly place: number
  readonly text: string
}

/** Reads what a judge said, and holds it against thresholds that no request knows. */
export interface JudgeRule {
  readonly check: 'judge'
  readonly criteria: readonly JudgedCriterion[]
  /** The criterion that says what a pair comes to, for a judge that compares. */
  readonly pairs?: string
  readonly where?: CellMatch
  /** Undefined for a judge that is trusted as it is. */
  readonly controls?: ControlsSpec
}

/** A criterion of a judge check: where its level is found, and which levels pass. */
export interface JudgedCriterion {
  readonly id: string
  /** Name of the step whose value is the verdict. */
  readonly step: string
  /** Name of the step with the other order, where two answers are compared. */
  readonly swapped?: string
  /** From worst to best. */
  readonly levels: readonly string[]
  /** The lowest of them that passes. */
  readonly min: string
  /** What is asked, for people who give levels themselves. */
  readonly asks: CriterionText
}

export interface CriterionText {
  readonly guide: string
  /** The dimension it is about. */
  readonly dimension?: string
  /** What each level means. */
  readonly levels: readonly string[]
}

/** How it is found out whether a judge can be trusted. */
export interface ControlsSpec {
  readonly given: readonly GivenControl[]
  /** So many rows are spoiled by machine. */
  readonly made: number
  /** Least share of pairs of a good and a bad one that the judge must tell apart. */
  readonly least: number
}

/** An example of known worth that the config gives. */
export interface GivenControl extends JudgedCell {
  readonly good: boolean
  /** For people: `good 2`. */
  readonly name: string
  readonly example: Example
}

export interface OutputSpec {
  readonly name: string
  readonly format: OutputFormat
  /** Whose rules its rows are held to. */
  readonly for?: PlatformName
  /** Absolute path of the main file. */
  readonly path: string
  /** Splits with their share and absolute path; shares sum to less than 1. */
  readonly holdout: readonly { readonly split: string; readonly share: number; readonly path: string }[]
  readonly batches: readonly string[]
  readonly where?: CellMatch
}

/** A loaded dataset with everything that its loading read: what the stamp and watch mode depend on. */
export interface Loaded {
  readonly dataset: Dataset
  /** The folder of the config: outputs and `.datagen` live below it. */
  readonly root: string
  readonly configPath: string
  readonly reads: Reads
  /** What people said about rows, as text: nothing of the dataset depends on it. */
  readonly reviews: ReviewsText
  /**
   * Digest of all that the dataset's functions and its data, dimensions aside, can depend on. Where it is equal for two
   * loads, equal inputs give equal results; where it differs, they may still. Undefined when the config's code can read what nobody
   * keeps track of, such as files by `node:fs`.
   */
  readonly definition: string | undefined
  /** True when which model is used depended on the environment or on a server that answers. */
  readonly chosenModel?: ChosenModel
}

/** How the default model was found; the stamp repeats the cheap part of it. */
export interface ChosenModel {
  readonly use: string
  readonly why: string
  /** Whether something listened on Ollama's port when the config was loaded; undefined if not asked. */
  readonly ollama?: boolean
}

/** Everything a load looked at. Absence is recorded too: a file that was missing and appears is a change. */
export interface Reads {
  /** Absolute path → SHA-256 of the bytes read, or null when it did not exist. */
  readonly files: ReadonlyMap<string, string | null>
  /** Absolute path of a file too large to be hashed → digest of samples of it, or null when it did not exist. */
  readonly large?: ReadonlyMap<string, string | null>
  /** Environment variable → SHA-256 of its value, or null when unset. */
  readonly env: ReadonlyMap<string, string | null>
  /** Absolute path of a folder that was searched → digest of its listing, or null when it did not exist. */
  readonly folders?: ReadonlyMap<string, string | null>
  /** Files that were only run as code → SHA-256 of their spelling, which comments and layout do not change. */
  readonly code?: ReadonlyMap<string, string>
}
