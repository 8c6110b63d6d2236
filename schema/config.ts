/**
 * What a person may write in `datagen.config.*`: the one source for the editor's types, for
 * `schema/datagen.schema.json` and for the validator that is generated from it.
 */
import type { Json, JsonObject } from './json.ts'

/** A dataset: dimensions, a recipe that turns each cell into an example, and the files to write. */
export interface Config {
  /** Where editors find the schema of a YAML or JSON config; datagen ignores it. */
  $schema?: string
  /**
   * The dataset's name, shown on screens.
   * @minLength 1
   * @maxLength 100
   */
  name: string
  /**
   * The models by the names the recipe uses. Left out, every step asks `default`: OpenAI when
   * OPENAI_API_KEY is set, else an Ollama that answers on this machine, else the simulated provider.
   */
  models?: { [name: string]: Model | string }
  /**
   * What the dataset is about: a ready-made domain by name, or with changes. It brings guides for both sides, further dimensions, checks,
   * and a starter list of scenarios when `dimensions` has no `scenario`. `datagen presets` lists them.
   */
  domain?: string | DomainPreset
  /**
   * What the answers are: a ready-made format by name, or with changes. It brings guides for the answer, dimensions, checks and the rubric
   * to judge it by. `datagen presets` lists them.
   */
  format?: string | FormatPreset
  /**
   * The axes of variation; every combination of their values is a cell. They come before those that `domain` and `format` bring, and one of the
   * same name takes its place. May be left out when these bring some.
   */
  dimensions?: { [name: string]: Dimension | DimensionPreset | DocumentsDimension }
  /** Which combinations make sense; a cell that breaks any constraint is left out. */
  where?: Constraint[]
  /** How a cell becomes an example. */
  recipe: Recipe | SingleTurn | FromDocuments | Preference | ToolUse | Evolve | Conversation
  /**
   * Which cells are planned together, and in which order. Left out: one batch with every cell. `{ preset: fourStage, size: 100 }` and
   * `{ preset: systematic }` are ready-made.
   */
  batches?: Batches | BatchesPreset
  /** What every row must pass. */
  checks?: Check[]
  /** The files to write. Left out: `train`, as OpenAI chat JSONL, in `data/train.jsonl`. */
  outputs?: { [name: string]: Output }
  /**
   * How many requests may be in flight at once. The few that `hedge` adds come on top.
   * @asType integer
   * @minimum 1
   * @maximum 4096
   * @default 8
   */
  concurrency?: number
  /**
   * The largest product of dimensions that is gone through cell by cell. Where it is larger, a batch that takes every cell is refused, and one that
   * takes some (`size`, `select`, `per`, `gaps`, `acceptedExactly`) chooses them among candidates.
   * @asType integer
   * @minimum 1
   * @maximum 100000000
   * @default 2000000
   */
  maxCells?: number
}

/**
 * An axis of variation: its values, in the order shown.
 * @minItems 1
 */
export type Dimension = DimensionValue[]

/**
 * A ready-made axis: `{ preset: phrasing }`, or some of its values, in this order: `{ preset: phrasing, pick: [question, command] }`.
 * `datagen presets` lists them.
 */
export interface DimensionPreset {
  /** The preset's name. */
  preset: string
  /**
   * The ids of the values to keep. Left out: all.
   * @minItems 1
   */
  pick?: string[]
}

/** The passages of documents as an axis: `{ documents: { files: ['docs/*.md'] } }`. A passage's guide is its text. */
export interface DocumentsDimension {
  documents: DocumentsOptions
}

/** Which documents, and how they are cut into passages. */
export interface DocumentsOptions {
  /**
   * Files by their paths from the config: Markdown, text, JSONL, CSV and TSV. `*` and `?` stand for characters of a name,
   * `**` for any folders.
   * @minItems 1
   */
  files: string[]
  /** How Markdown and text are cut. Left out: by headings. */
  split?: DocumentsSplit
  /**
   * In JSONL and CSV: the column that holds the text, or several, which are then written under each other by name.
   * @default "text"
   */
  text?: string | string[]
  /** In JSONL and CSV: the column that holds each row's id. Left out, the first words of the text. */
  id?: string
}

/** Where documents are cut. Fences of code and tables stay whole. */
export interface DocumentsSplit {
  /**
   * `heading`: a passage for each section. `paragraph`: for each paragraph, with what it introduces. `size`: as much as fits,
   * whatever the headings. `none`: the whole file.
   * @default "heading"
   */
  by?: 'heading' | 'paragraph' | 'size' | 'none'
  /**
   * The most tokens of a passage, at four characters each; longer ones are cut between paragraphs or sentences.
   * @asType integer
   * @minimum 20
   * @default 600
   */
  max?: number
}

/** A point on an axis: an id, or an id with what a model should be told about it. */
export type DimensionValue = string | ValueDetail

/** A value with its guide and weight. */
export interface ValueDetail {
  /**
   * The name that prompts, selectors and outputs use.
   * @minLength 1
   * @maxLength 200
   */
  id: string
  /** What the model is told about this value. Left out: the id itself. */
  guide?: string
  /** A short example of this value, for presets and reviews. */
  example?: string
  /**
   * How often this value is chosen when a batch takes fewer than all cells, relative to its siblings.
   * @minimum 0
   * @default 1
   */
  weight?: number
}

/** A ready-made domain with changes: what is given here stands in place of what the preset says there. */
export interface DomainPreset {
  /** The preset's name. */
  preset: string
  /** Ids of what to leave out: guides, dimensions, scenarios and checks. */
  without?: string[]
  /** The names of its dimensions to keep. Left out: all. Other values for one of them are given in `dimensions` of the config. */
  dimensions?: string[]
  /**
   * The ids of its scenarios to keep, in this order. Left out: all. Other scenarios are given in `dimensions.scenario` of the config.
   * @minItems 1
   */
  scenarios?: string[]
  /** What is told to whoever writes the user's side, a paragraph each, in place of the preset's guides. */
  user?: string[]
  /** What is told to whoever answers, a paragraph each, in place of the preset's guides. */
  assistant?: string[]
}

/** A ready-made format with changes: what is given here stands in place of what the preset says there. */
export interface FormatPreset {
  /** The preset's name. */
  preset: string
  /** Ids of what to leave out: guides, dimensions and checks. */
  without?: string[]
  /** The names of its dimensions to keep. Left out: all. Other values for one of them are given in `dimensions` of the config. */
  dimensions?: string[]
  /** What is told to whoever writes the user's side, a paragraph each, in place of the preset's guides. */
  user?: string[]
  /** What is told to whoever answers, a paragraph each, in place of the preset's guides. */
  assistant?: string[]
}

/** What a judge looks at: named criteria, each with levels of its own. */
export interface Rubric {
  /** One line for lists. */
  title?: string
  /** `dimension`: every criterion is asked once for each dimension of the cell, about the value the cell has there. */
  each?: 'dimension'
  /** @minItems 1 */
  criteria: Criterion[]
}

/** One thing to judge, on a scale of its own. */
export interface Criterion {
  /**
   * Its name in verdicts and findings.
   * @minLength 1
   * @maxLength 64
   */
  id: string
  /** The question that the judge answers, and where to look. */
  guide: string
  /** What one finds in a telling case. */
  example?: string
  /** The lowest level that passes, unless the check says otherwise. */
  pass: string
  /**
   * From worst to best.
   * @minItems 2
   * @maxItems 5
   */
  levels: Level[]
}

/** A level of a criterion. */
export interface Level {
  /** @minLength 1 */
  id: string
  /** When it is given. */
  guide: string
}

/** Dimension names with the value, or one of the values, that a cell must have there. */
export interface CellMatch {
  [dimension: string]: string | string[]
}

/** Cells that match `not` are left out; cells that match `if` must also match `then`. */
export type Constraint = { not: CellMatch } | { if: CellMatch; then: CellMatch } | CellPredicate

/** Whether a cell is wanted; in TypeScript only. */
export type CellPredicate = (cell: { readonly [dimension: string]: string }) => boolean

/** A model and how it is asked. Everything that reaches the wire is part of a request's key. */
export interface Model {
  /**
   * `provider:model`, for example `openai:gpt-5-mini`, `ollama:qwen3:8b`, `openrouter:…`; `local:` with the path of a GGUF file, or with
   * `hf:user/repository:quantisation`; or `simulated`.
   * @minLength 1
   */
  use: string
  /** Base URL of an OpenAI-compatible server, for example `http://127.0.0.1:8000/v1`. */
  baseUrl?: string
  /**
   * The name that stands for the server in keys, so that it can move without buying anything again.
   * @minLength 1
   */
  identity?: string
  /** The environment variable that holds the API key. Left out: the provider's usual one. */
  apiKeyEnv?: string
  /**
   * Further headers of every request to it, for gateways. A secret is read from the environment as it is sent: `{ env: 'NAME' }`. Part of no
   * key.
   */
  headers?: { [name: string]: string | HeaderSecret }
  /**
   * Sampling temperature; left out, the provider's default.
   * @minimum 0
   * @maximum 2
   */
  temperature?: number
  /**
   * Nucleus sampling.
   * @minimum 0
   * @maximum 1
   */
  topP?: number
  /**
   * The most tokens one answer may take.
   * @asType integer
   * @minimum 1
   */
  maxTokens?: number
  /**
   * A seed, for servers that honour one.
   * @asType integer
   */
  seed?: number
  /** Texts that end an answer. */
  stop?: string | string[]
  /**
   * How much words that were used often are avoided.
   * @minimum -2
   * @maximum 2
   */
  frequencyPenalty?: number
  /**
   * How much words that were used at all are avoided.
   * @minimum -2
   * @maximum 2
   */
  presencePenalty?: number
  /** How hard a reasoning model thinks. */
  reasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  /** Further fields of the request body, sent as they are. */
  extra?: JsonObject
  /**
   * Which of OpenAI's protocols the server is asked by. `responses` is newer, and some models and servers have only one of them.
   * Part of the key: another protocol is another request.
   * @default "chat"
   */
  api?: 'chat' | 'responses'
  /**
   * Whether answers are sent in pieces as they are written, so that a connection which has gone dead shows (`limits.idleSeconds`)
   * and proxies that end silent connections have no reason to. Changes no key: the answers are the same.
   * @default false
   */
  stream?: boolean
  /**
   * How structured output is asked for: by JSON Schema, by "a JSON object", or only in words.
   * The answer is parsed strictly in every case.
   * @default "json_schema"
   */
  structured?: 'json_schema' | 'json_object' | 'prompt'
  /**
   * Longest time one attempt at a request may take, in seconds.
   * @exclusiveMinimum 0
   * @default 600
   */
  timeoutSeconds?: number
  /** Shorter limits for parts of an attempt. */
  limits?: TimeLimits
  /**
   * What becomes of an answer to a prompt that the server read less than two fifths of, by its own count of tokens: servers with a
   * short context cut prompts and say nothing.
   * @default "fail"
   */
  truncatedPrompts?: 'fail' | 'accept'
  /**
   * Ends the build when an answer comes from another snapshot of the model than the rows there are (or the first answer), or
   * from another one than this, by the name that answers give.
   */
  pin?: boolean | string
  /**
   * The most requests a minute, over all batches and judges that ask this model with the same key. Left out: what the server
   * says of its limit, else what is found by trying.
   * @exclusiveMinimum 0
   */
  requestsPerMinute?: number
  /**
   * The most tokens a minute, of prompts and answers together; as `requestsPerMinute`.
   * @exclusiveMinimum 0
   */
  tokensPerMinute?: number
  /**
   * Whether a call that takes longer than nearly all others is made a second time: the answer that comes first counts, and the other call is
   * called off. Costs more, for builds that end sooner. `true` is `{ atMost: 0.05 }`. No part of a request's key.
   * @default false
   */
  hedge?: boolean | Hedge
  /**
   * How requests reach the server: each by itself, or many in one file through its Batch API, at half the price and within a day. No
   * part of a request's key.
   * @default "online"
   */
  transport?: 'online' | 'batch'
  /** How large the jobs of the Batch API are; only with `transport: batch`. */
  jobs?: JobLimits
  /** What a million tokens cost, in US dollars; stands in for the price table. */
  price?: Price
  /** How the built-in simulated provider behaves; only with `use: simulated`. */
  simulate?: Simulate
  /** How a model file is run; only with `use: local:…`. No part of a request's key. */
  local?: LocalModel
}

/** A header whose value is a secret. */
export interface HeaderSecret {
  /** The environment variable that holds the header's value. */
  env: string
}

/** When a slow call is made a second time. */
export interface Hedge {
  /**
   * The most second calls, as a share of this model's calls in a build. It also says which calls are slow: those that take longer than all but this
   * share of the last answers to the same step did, and twice as long as the middle one of them.
   * @minimum 0.001
   * @maximum 0.5
   * @default 0.05
   */
  atMost?: number
  /**
   * Which calls are slow instead: those without an answer after so many seconds.
   * @exclusiveMinimum 0
   * @maximum 86400
   */
  afterSeconds?: number
}

/** How a GGUF file is run on this machine. */
export interface LocalModel {
  /**
   * The most tokens of a prompt and its answer together. What does not fit is refused, never cut. Left out: what the model was made for, 8,192 at
   * most.
   * @asType integer
   * @minimum 64
   */
  contextSize?: number
  /**
   * How many answers are written at the same time; each takes a context's memory.
   * @asType integer
   * @minimum 1
   * @maximum 64
   * @default 4
   */
  parallel?: number
  /**
   * How many threads of the processor are used. Left out: what the library finds best.
   * @asType integer
   * @minimum 1
   */
  threads?: number
  /**
   * Whether a graphics processor is used where there is one.
   * @default true
   */
  gpu?: boolean
  /**
   * Whether a model that is named by an `hf:` address may be downloaded when it is not on this machine.
   * @default false
   */
  download?: boolean
}

/** How long parts of an attempt may take, in seconds; the time a call waits for its turn is none of them. */
export interface TimeLimits {
  /**
   * Until the connection stands, TLS included.
   * @exclusiveMinimum 0
   * @default 10
   */
  connectSeconds?: number
  /**
   * From the request to the first byte of the answer. Left out, only `timeoutSeconds` counts: a reasoning model may send nothing for minutes.
   * @exclusiveMinimum 0
   */
  firstByteSeconds?: number
  /**
   * Between two pieces of an answer that has begun. Left out, half of `timeoutSeconds`.
   * @exclusiveMinimum 0
   */
  idleSeconds?: number
}

/** The most that one job of the Batch API may hold: what is more goes into a further one. */
export interface JobLimits {
  /**
   * Requests.
   * @asType integer
   * @minimum 1
   * @maximum 50000
   * @default 50000
   */
  requests?: number
  /**
   * Megabytes of its file.
   * @exclusiveMinimum 0
   * @maximum 200
   * @default 200
   */
  megabytes?: number
}

/** US dollars for a million tokens. */
export interface Price {
  /**
   * For a million tokens of prompt.
   * @minimum 0
   */
  input: number
  /**
   * For a million tokens of answer.
   * @minimum 0
   */
  output: number
  /**
   * For a million tokens of prompt that the provider had cached. Left out: as `input`.
   * @minimum 0
   */
  cachedInput?: number
  /**
   * For a million tokens of prompt that the provider put into its cache. Left out: as `input`.
   * @minimum 0
   */
  cacheWrite?: number
  /**
   * For a million tokens of an answer that were thought and not said. Left out: as `output`.
   * @minimum 0
   */
  reasoning?: number
  /**
   * The share of these prices that the Batch API asks.
   * @minimum 0
   * @default 0.5
   */
  batch?: number
  /**
   * The day these prices are of, as yyyy-mm-dd: shown beside what they come to.
   * @pattern ^\d{4}-\d{2}-\d{2}$
   */
  date?: string
}

/** The behaviour of the simulated provider. */
export interface Simulate {
  /**
   * Time until an answer arrives, in milliseconds.
   * @minimum 0
   * @default 20
   */
  latencyMs?: number
  /**
   * Target length of an answer in tokens; left out, it follows the request.
   * @asType integer
   * @minimum 1
   */
  tokens?: number
  /** Changes every simulated answer; part of the key. */
  seed?: number
  /** The share of calls (0 to 1) that go wrong, by kind. */
  faults?: { [F in SimulatedFault]?: number }
}

/** A way in which a simulated call can go wrong. */
export type SimulatedFault =
  | 'rate-limit'
  | 'server-error'
  | 'timeout'
  | 'html'
  | 'empty-body'
  | 'no-choices'
  | 'null-content'
  | 'truncated-json'
  | 'length'
  | 'refusal'
  | 'ansi'
  | 'not-json'

/** Text for a model: a `{{ }}` template, or (in TypeScript) a function of the cell and earlier steps. */
export type Text = string | TextFunction

/** A text made from the cell and earlier steps; in TypeScript only. */
export type TextFunction = (context: StepContext) => string

/** Whether a step comes: a `{{ }}` template that gives `true` or `false`, or (in TypeScript) a function of the cell and earlier steps. */
export type Condition = string | ConditionFunction

/** Decides from the cell and earlier steps; in TypeScript only. */
export type ConditionFunction = (context: StepContext) => boolean

/** What a prompt or a derive function sees. Reading a name that does not exist is an error. */
export interface StepContext {
  /** Value ids by dimension. */
  readonly cell: { readonly [dimension: string]: string }
  /** Guides by dimension; a value without a guide gives its id. */
  readonly guide: { readonly [dimension: string]: string }
  /** The results of earlier steps by step name. */
  readonly steps: { readonly [step: string]: Json }
  /** Which draw of this cell it is, from 0. */
  readonly sample: number
  /** How accepted rows of earlier batches begin, those of nearby cells; empty unless the batch says `avoid`. */
  readonly covered: readonly string[]
  /** What reviewers found wrong with rows of earlier batches; empty unless the batch says `remarks`. */
  readonly remarks: readonly string[]
}

/** Named steps in order, and the conversation they make. */
export interface Recipe {
  /** The steps by name; each sees the results of those before it. */
  steps: { [name: string]: AskStep | DeriveStep | RunStep | SpreadStep }
  /** The example: a list of messages. */
  example: ExampleTemplate | ExampleFunction
  /**
   * How many answers may be bought for one step of one cell before the cell is rejected.
   * @asType integer
   * @minimum 1
   * @maximum 20
   * @default 2
   */
  attempts?: number
}

/** The messages of an example, as texts. */
export interface ExampleTemplate {
  /** @minItems 1 */
  messages: MessageTemplate[]
  /**
   * What a preference set turns down: another end of the same conversation, in place of what follows its last user message.
   * @minItems 1
   */
  rejected?: MessageTemplate[]
}

/** An example made from the cell and its steps; in TypeScript only. */
export type ExampleFunction = (context: StepContext) => Example

/** One message of a conversation, before its text is filled in. */
export interface MessageTemplate {
  role: Role
  content: Text
}

/** Who speaks. */
export type Role = 'system' | 'user' | 'assistant'

/** A finished conversation, in OpenAI's shape. */
export interface Example {
  /** The whole conversation; the last message is the assistant's, with a text. */
  messages: Message[]
  /** What a preference set turns down: another end of the same conversation, in place of what follows its last user message. */
  rejected?: Message[]
  /** The tools that the assistant could call. */
  tools?: Tool[]
}

/** One message of a finished conversation. */
export interface Message {
  role: Role | 'tool'
  /** Null only for an assistant that calls tools and says nothing. */
  content: string | null
  /** What the assistant calls. */
  tool_calls?: ToolCall[]
  /** In a tool's message: which call it answers. */
  tool_call_id?: string
}

/** A call of a function by the assistant. */
export interface ToolCall {
  id: string
  type: 'function'
  function: {
    name: string
    /** The arguments as JSON text. */
    arguments: string
  }
}

/** A function that the assistant may call. */
export interface Tool {
  type: 'function'
  function: ToolFunction
}

/** A function's name, purpose and parameters. */
export interface ToolFunction {
  /**
   * Letters, digits, `_` and `-`.
   * @minLength 1
   * @maxLength 64
   */
  name: string
  /** What it does and when to call it, for the model. */
  description?: string
  /** A JSON Schema of an object: the arguments. Left out: none. */
  parameters?: JsonObject
  /** Asks the provider to hold the model to the schema. */
  strict?: boolean
}

/** A step that asks a model. */
export interface AskStep {
  /** The model's name in `models`. */
  ask: string
  /** The system message. */
  system?: Text
  /** The user message. Give either `prompt` or `messages`. */
  prompt?: Text
  /** The whole conversation to send, when one system and one user message are not enough: a list, or (in TypeScript) a function. */
  messages?: MessageTemplates | MessagesFunction
  /** A JSON Schema the answer must match; the step's result is then the parsed JSON. */
  schema?: JsonObject
  /**
   * What the model may call. The step's result is then a text or, where it calls, `{ content, tool_calls }` in OpenAI's shape, with
   * arguments that the tool's schema accepts.
   * @minItems 1
   */
  tools?: Tool[]
  /**
   * Whether this step comes, for example `"{{ cell.tone == 'angry' }}"`. Where it does not, nothing is asked and the step's
   * result is null. Left out: always.
   */
  when?: Condition
  /**
   * Items whose requests come out the same share one answer, which is bought once. For what belongs to the dataset or to some of
   * its dimensions rather than to one example: a list of ideas, a house style.
   * @default false
   */
  shared?: boolean
  /** Change it to throw this step's answers away and ask again with the same words. */
  version?: string | number
}

/**
 * A list of messages to fill in.
 * @minItems 1
 */
export type MessageTemplates = MessageTemplate[]

/** The messages to send, from the cell and earlier steps; in TypeScript only. */
export type MessagesFunction = (context: StepContext) => Message[]

/**
 * A step that lets one answer serve many: a model proposes several different candidates at once, and each cell takes one. One call
 * brings more variety than as many calls would.
 */
export interface SpreadStep {
  /** The model's name in `models`. */
  spread: string
  /** The system message. */
  system?: Text
  /** What to propose. It sees neither `sample` nor the dimension named by `over`, since all of them share the answer. */
  prompt: Text
  /**
   * How many candidates.
   * @asType integer
   * @minimum 2
   * @maximum 200
   */
  count: number
  /**
   * The dimension whose n-th value takes the n-th candidate. New values belong at the end, so that the others keep theirs.
   * Left out: the n-th sample of a cell takes it.
   */
  over?: string
  /**
   * Whether this step comes, for example `"{{ cell.tone == 'angry' }}"`. Where it does not, nothing is asked and the step's
   * result is null. Left out: always.
   */
  when?: Condition
  /** Change it to throw this step's candidates away and ask again with the same words. */
  version?: string | number
}

/** A step that computes its result from the cell and earlier steps, without a model. */
export interface DeriveStep {
  /** A `{{ }}` template, or (in TypeScript) a pure function. */
  derive: Text | DeriveFunction
  /**
   * Whether this step comes, for example `"{{ cell.tone == 'angry' }}"`. Where it does not, nothing is asked and the step's
   * result is null. Left out: always.
   */
  when?: Condition
}

/** A pure function of the cell and earlier steps; in TypeScript only. */
export type DeriveFunction = (context: StepContext) => Json

/** A step that runs a command: JSON on its standard input, JSON from its standard output. */
export interface RunStep {
  /**
   * The program and its arguments; no shell is involved. Files of the project named here are part of the key.
   * @minItems 1
   */
  run: string[]
  /**
   * Longest running time in seconds; then the whole process group is killed.
   * @exclusiveMinimum 0
   * @default 30
   */
  timeoutSeconds?: number
  /** Environment variables the command may see, beside PATH, LANG and TMPDIR. */
  env?: string[]
  /**
   * Whether this step comes, for example `"{{ cell.tone == 'angry' }}"`. Where it does not, nothing is asked and the step's
   * result is null. Left out: always.
   */
  when?: Condition
  /** Change it to run the command again for every cell. */
  version?: string | number
}

/** The ready-made recipe `singleTurn`: one model writes the user's message, another answers it. */
export interface SingleTurn {
  preset: 'singleTurn'
  /** The model that writes the user's message. */
  user?: string
  /** The model that answers. */
  assistant?: string
  /** The dataset's own system prompt: sent to the answering model and written into every row. */
  system?: Text
  /** Further instructions for the model that writes the user's message. */
  instructions?: Text
  /**
   * Dimensions that shape the answer; their guides are also shown to the answering model.
   * Left out: `complexity`, if there is such a dimension.
   */
  answer?: string[]
  /**
   * How many answers may be bought for one step of one cell before the cell is rejected.
   * @asType integer
   * @minimum 1
   * @maximum 20
   * @default 2
   */
  attempts?: number
}

/** The ready-made recipe for documents: a question that a passage answers, and an answer from that passage alone. */
export interface FromDocuments extends Omit<SingleTurn, 'preset'> {
  preset: 'fromDocuments'
  /** The dimension whose values are the passages, by their guides. Left out: the one that is made of `documents`. */
  passage?: string
  /**
   * Where the row shows the passage: before the question, in the system prompt, or not at all, so that the model learns it by heart.
   * @default "none"
   */
  context?: 'none' | 'user' | 'system'
  /**
   * Whether the answering model must first copy out what it rests on, word for word; evidence that does not stand in the passage
   * rejects the answer. It is not part of the row.
   * @default true
   */
  evidence?: boolean
}

/** The ready-made recipe for preference sets: a message, the answer to choose and the answer to reject. */
export interface Preference extends Omit<SingleTurn, 'preset'> {
  preset: 'preference'
  /**
   * `best-of`: several answers, of which a judge's best is chosen and its worst rejected. `weakened`: one answer is chosen, and
   * rewritten with one named fault to be rejected.
   * @default "best-of"
   */
  from?: 'best-of' | 'weakened'
  /**
   * With `best-of`: how many answers. One more asks for that one and for the judge, and for no other.
   * @asType integer
   * @minimum 2
   * @maximum 16
   * @default 4
   */
  candidates?: number
  /** With `best-of`: the model that judges. */
  judge?: string
  /** With `best-of`: what makes an answer good, as lines for the judge. */
  rubric?: Text
  /** With `weakened`: the model that weakens. Left out: the one that answers. */
  weakener?: string
  /**
   * With `weakened`: the faults, by the names of the preset dimension `weakness` or with guides of your own; which one, a hash of the
   * cell decides. Left out: all of the preset, or, where the config has a dimension `weakness`, its values.
   * @minItems 1
   */
  kinds?: DimensionValue[]
}

/** The ready-made recipe for tool use: the assistant calls tools, gets results, and answers. */
export interface ToolUse extends Omit<SingleTurn, 'preset'> {
  preset: 'toolUse'
  /**
   * The tools, in OpenAI's shape. Arguments are held to each tool's schema.
   * @minItems 1
   */
  tools: Tool[]
  /** Where each tool's results come from. Left out: a model stands in for it. */
  results?: { [tool: string]: ToolResultFunction | ToolCommand | SimulatedResult }
  /** The model that stands in for tools without `results`. Left out: the one that writes the user's message. */
  simulator?: string
  /**
   * How many times the assistant may call tools before it must answer.
   * @asType integer
   * @minimum 1
   * @maximum 8
   * @default 3
   */
  rounds?: number
  /**
   * How many calls it may make at once.
   * @asType integer
   * @minimum 1
   * @maximum 8
   * @default 2
   */
  calls?: number
  /**
   * Whether the first thing must be a call.
   * @default false
   */
  mustCall?: boolean
}

/** A tool's result from its arguments, and from the cell; in TypeScript only. */
export type ToolResultFunction = (args: JsonObject, context: StepContext) => Json

/** A tool's result from a command: `{ tool, arguments }` on its standard input, JSON from its standard output. Equal calls run once. */
export interface ToolCommand {
  /**
   * The program and its arguments; no shell is involved. Files of the project named here are part of the key.
   * @minItems 1
   */
  run: string[]
  /**
   * Longest running time in seconds; then the whole process group is killed.
   * @exclusiveMinimum 0
   * @default 30
   */
  timeoutSeconds?: number
  /** Environment variables the command may see, beside PATH, LANG and TMPDIR. */
  env?: string[]
  /** Change it to run the command again for every call. */
  version?: string | number
}

/** A tool's result from a model that stands in for it. */
export interface SimulatedResult {
  /** The model's name in `models`. */
  simulate: string
  /** A JSON Schema of what the tool gives back. Left out: a text. */
  returns?: JsonObject
  /** What the model should know of the world behind the tool. */
  guide?: Text
}

/** The ready-made recipe for harder questions: a first message is rewritten by named operations, one after the other, and then answered. */
export interface Evolve extends Omit<SingleTurn, 'preset'> {
  preset: 'evolve'
  /**
   * The operations, by the names of the preset dimension `operation` or with guides of your own; which ones, a hash of the cell
   * decides. Left out: all of the preset.
   * @minItems 1
   */
  operations?: DimensionValue[]
  /**
   * How many operations, one after the other. One more keeps those before it.
   * @asType integer
   * @minimum 1
   * @maximum 8
   * @default 2
   */
  rounds?: number
  /** The model that rewrites. Left out: the one that writes the user's message. */
  evolver?: string
}

/** The ready-made recipe `conversation`: a simulated user and the assistant take turns along a pattern. */
export interface Conversation {
  preset: 'conversation'
  /** The shape of the conversation: `support`, `debugging`, `learning` (see `datagen presets`), or turns of your own. */
  pattern: string | Pattern
  /** The model that plays the user: it sees the cell, its hidden goal and what was said, and not the assistant's system prompt. */
  user?: string
  /** The model that answers: it sees its system prompt and what was said. With `mode: one-call` it writes both sides. */
  assistant?: string
  /** The dataset's own system prompt: sent to the answering model and written into every row. */
  system?: Text
  /** Further instructions for the model that plays the user. */
  instructions?: Text
  /** Dimensions that say who the user is, such as a list of personas. */
  persona?: string | string[]
  /** What the user wants in the end; the user's model is told, and works towards it without saying so. Left out: the scenario, settled. */
  goal?: Text
  /**
   * `turns`: each turn is a request of its own, so an edit asks again from the turn it concerns. `one-call`: the whole conversation
   * in one structured answer, which costs a fraction and is less lively.
   * @default "turns"
   */
  mode?: 'turns' | 'one-call'
  /** A model that judges after answers whether the matter is settled; then the conversation ends there. Left out: all turns are taken. */
  resolved?: ResolvedJudge
  /**
   * Dimensions that shape the answers; their guides are also shown to the answering model.
   * Left out: `complexity`, if there is such a dimension.
   */
  answer?: string[]
  /**
   * How many answers may be bought for one step of one cell before the cell is rejected.
   * @asType integer
   * @minimum 1
   * @maximum 20
   * @default 2
   */
  attempts?: number
}

/** Who decides whether a conversation has reached its end. */
export interface ResolvedJudge {
  /** The judging model's name in `models`. */
  by: string
  /**
   * How many answers there must be before it is asked.
   * @asType integer
   * @minimum 1
   * @default 1
   */
  after?: number
}

/** The shape of a conversation. */
export interface Pattern {
  /** One line for lists. */
  title?: string
  /**
   * The turns in order: the user begins, the two sides alternate, and the assistant has the last word.
   * @minItems 2
   */
  turns: Turn[]
}

/** One turn: what whoever speaks is told to do in it, or several ways it can go. */
export interface Turn {
  /** The turn's name, and that of the step that asks for it. */
  id: string
  by: 'user' | 'assistant'
  /** Written for a model. Give either an intent or alternatives. */
  intent?: string
  /** A short example, for presets and reviews; no model sees it. */
  example?: string
  /**
   * Which one a cell takes follows from its coordinates, so that it stays when others are added or weighted anew.
   * @minItems 1
   */
  alternatives?: TurnAlternative[]
}

/** One way a turn can go. */
export interface TurnAlternative {
  id: string
  /** Written for a model. */
  intent: string
  /** A short example, for presets and reviews; no model sees it. */
  example?: string
  /**
   * How often this way is taken, relative to the others that are open.
   * @minimum 0
   * @default 1
   */
  weight?: number
  /** Only where an earlier turn went this way, or one of these. */
  when?: { [turn: string]: string | string[] }
}

/** Batches by name. */
export interface Batches {
  [name: string]: Batch
}

/**
 * Ready-made batches. `fourStage`: *foundation*, core examples without added complexity; *complexity*, edge cases, errors and advanced
 * use; *coverage*, what measured gaps ask for; *polish*, what is left then. `systematic`: one example for each
 * scenario × expertise × phrasing × complexity.
 */
export interface BatchesPreset {
  /** The preset's name. */
  preset: 'fourStage' | 'systematic'
  /**
   * How many examples, for `fourStage`: 10 % foundation, 30 % complexity, 40 % coverage, 20 % polish.
   * @asType integer
   * @minimum 10
   * @default 100
   */
  size?: number
  /** Changes to single batches, field by field: `{ coverage: { rounds: 1 } }`. */
  override?: Batches
}

/** What planning from gaps looks at. */
export interface Gaps {
  /**
   * What must be covered: single values (1), pairs of values (2) or triples (3).
   * @asType integer
   * @minimum 1
   * @maximum 3
   * @default 2
   */
  strength?: number
  /**
   * Bounds on the share of rows that are not of a dimension's first value, by dimension: `{ edge: [0.2, 0.3] }`. Left out: those bounds
   * for `edge`, if there is such a dimension.
   */
  shares?: { [dimension: string]: [number, number] }
  /**
   * Plan the whole `size`, by weight, even where fewer cells fill every gap.
   * @default false
   */
  fill?: boolean
}

/** What prompts of a batch may see of the batches before it. */
export interface Avoid {
  /**
   * How many openings of accepted rows each prompt sees, those of the nearest cells first.
   * @asType integer
   * @minimum 1
   * @maximum 50
   * @default 5
   */
  most?: number
  /** Change it to look at the batches before anew, and ask this batch's cells again. */
  version?: string | number
}

/** What must hold of a complete batch before any batch behind it starts. */
export interface Gate {
  /**
   * The least share of its items that must be accepted, from 0 to 1.
   * @minimum 0
   * @maximum 1
   */
  accepted?: number
  /** The largest share of its items that a check may have turned down, by the check's id: `{ unique: 0.05 }`. */
  rejectedBy?: { [check: string]: number }
  /**
   * No measure of the rows so far may be beyond its `fail` limit: those of every check that measures (`true`), or of some, by the checks' ids:
   * `[templates]`.
   */
  measures?: true | string[]
  /** A person must have approved it: `datagen review --approve <batch>`. */
  approval?: boolean
}

/** A set of cells planned together. A cell belongs to the first batch that wants it. */
export interface Batch {
  /**
   * How many cells to take, chosen by weight and by a hash of their coordinates, so that a larger number
   * or a further value never reshuffles those already chosen. Left out: all.
   * @asType integer
   * @minimum 1
   */
  size?: number
  /**
   * Which cells to take. `full`: all. `pairwise`: few cells that have every pair of values of any two dimensions;
   * `{ tWay: 3 }`: every combination of any three. When a value is added, the cells that were chosen stay, and only
   * what is missing is added. With `size`: that many, those that cover most first, then further cells by weight.
   * @default "full"
   */
  select?: SelectionName | TWay
  /**
   * Exact shares among the `size` cells, by dimension and value, instead of the values' weights:
   * `{ edge: { happy: 70, boundary: 10, error: 10, special: 10 } }`. Numbers are parts of their sum, so counts and shares both
   * do. A value with 0 is left out.
   */
  quota?: { [dimension: string]: Parts }
  /** Only cells that match; of several matches, any. */
  where?: CellMatch | CellMatch[] | CellPredicate
  /**
   * One cell for every combination of these dimensions; the values of the others are chosen by weight and by a hash.
   * @minItems 1
   */
  per?: string[]
  /**
   * Plan the cells from what the batches before lack: values and pairs with too few accepted rows, cells whose rows were turned down,
   * shares off target. At most `size` items, in at most `rounds` rounds, each after a look at what the one before brought.
   */
  gaps?: true | Gaps
  /**
   * How often a batch that fills gaps, or wants rows accepted, may plan further items.
   * @asType integer
   * @minimum 1
   * @maximum 20
   * @default 3
   */
  rounds?: number
  /**
   * Plan further cells, then further draws of cells, until so many rows are accepted; instead of `size`.
   * @asType integer
   * @minimum 1
   */
  acceptedExactly?: number
  /**
   * The most items planned to come to `acceptedExactly`. Left out: three times as many.
   * @asType integer
   * @minimum 1
   */
  candidates?: number
  /**
   * Prompts see how accepted rows of nearby cells in the batches before begin, as `covered`, fixed when those batches were complete;
   * the ready-made recipes ask for something different.
   */
  avoid?: true | Avoid
  /**
   * Prompts see the reasons that reviewers gave for turning rows of the batches before down, as `remarks`.
   * @default false
   */
  remarks?: boolean
  /** What must hold of this batch before any batch behind it starts. */
  gate?: Gate
  /**
   * Draws for each cell.
   * @asType integer
   * @minimum 1
   * @maximum 10000
   * @default 1
   */
  samples?: number
  /** Batches that must be complete before this one starts. */
  after?: string[]
}

/** A way to choose cells that needs no number. */
export type SelectionName = 'full' | 'pairwise'

/** Covering any so many dimensions at once. */
export interface TWay {
  /** In how many dimensions at once every combination of values must occur. */
  tWay: 2 | 3 | 4
}

/** How much each value gets, relative to its siblings. */
export interface Parts {
  [value: string]: number
}

/**
 * A rule for rows.
 * @discriminator check
 */
export type Check =
  | UniqueCheck
  | NearDuplicatesCheck
  | SemanticDuplicatesCheck
  | LengthCheck
  | ForbidCheck
  | RequireCheck
  | RefusalCheck
  | RepetitionCheck
  | LanguageCheck
  | JsonCheck
  | CodeCheck
  | ContaminationCheck
  | TemplatesCheck
  | DiversityCheck
  | SpreadCheck
  | DriftCheck
  | CoverageCheck
  | BalanceCheck
  | ShareCheck
  | JudgeCheck
  | CommandCheck
  | CustomCheck

/** No two rows may have the same messages of these roles; the first in cell order stays. */
export interface UniqueCheck {
  check: 'unique'
  /**
   * Which messages are compared.
   * @default "user"
   */
  of?: 'user' | 'assistant' | 'conversation'
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
}

/** No two rows may be nearly the same by their runs of five words; the first in cell order stays. */
export interface NearDuplicatesCheck {
  check: 'near-duplicates'
  /**
   * Which messages are compared.
   * @default "user"
   */
  of?: 'user' | 'assistant' | 'conversation'
  /**
   * From which share of common runs of five words (Jaccard similarity) two rows count as the same.
   * @minimum 0.5
   * @maximum 1
   * @default 0.8
   */
  similarity?: number
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
}

/**
 * No two rows may mean nearly the same, whatever their words; the first in cell order stays. A model of embeddings gives each row's text a vector, which is kept
 * as an answer is: equal texts are asked for once, and another limit asks nothing.
 */
export interface SemanticDuplicatesCheck {
  check: 'semantic-duplicates'
  /** The name in `models` of a model of embeddings, for example `{ use: openai:text-embedding-3-small }`. */
  model: string
  /**
   * Which messages are compared; the first 8,000 characters count.
   * @default "user"
   */
  of?: 'user' | 'assistant' | 'conversation'
  /**
   * From which cosine of two vectors on two rows count as the same.
   * @minimum 0.8
   * @maximum 1
   * @default 0.98
   */
  similarity?: number
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
}

/** Bounds on the length of messages, in characters. */
export interface LengthCheck {
  check: 'length'
  /** Whose messages. */
  of: 'user' | 'assistant'
  /**
   * @asType integer
   * @minimum 0
   */
  min?: number
  /**
   * @asType integer
   * @minimum 1
   */
  max?: number
  /** A dimension whose values have bounds of their own: `by: 'complexity', bounds: { simple: { max: 600 } }`. */
  by?: string
  /** Bounds for values of `by`. For a value that is not among them, `min` and `max` hold. */
  bounds?: { [value: string]: Bounds }
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Least and most characters. */
export interface Bounds {
  /**
   * @asType integer
   * @minimum 0
   */
  min?: number
  /**
   * @asType integer
   * @minimum 1
   */
  max?: number
}

/** Phrases that may not occur, letter case aside. */
export interface ForbidCheck {
  check: 'forbid'
  of?: 'user' | 'assistant'
  /** @minItems 1 */
  phrases: string[]
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** At least one of these phrases must occur, letter case aside. */
export interface RequireCheck {
  check: 'require'
  of?: 'user' | 'assistant'
  /** @minItems 1 */
  phrases: string[]
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Answers that begin by refusing, or in which the model speaks of itself as one ("as an AI language model"). */
export interface RefusalCheck {
  check: 'refusal'
  /**
   * Whether boilerplate disclaimers count too.
   * @default true
   */
  disclaimers?: boolean
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** A text that says the same words over and over, as a model does that got stuck. */
export interface RepetitionCheck {
  check: 'repetition'
  /**
   * Whose messages.
   * @default "assistant"
   */
  of?: 'user' | 'assistant'
  /**
   * How many times shorter gzip may make a text of more than 500 characters.
   * @minimum 2
   * @default 10
   */
  max?: number
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** The language of a text, as far as it can be told: code, names and short texts pass. Fenced code is not looked at. */
export interface LanguageCheck {
  check: 'language'
  /** The language that the text must be in. */
  is: 'en' | 'de' | 'fr' | 'es' | 'pt' | 'it' | 'nl' | 'pl' | 'ja' | 'zh' | 'ko' | 'el' | 'he' | 'th'
  /**
   * Whose messages.
   * @default "assistant"
   */
  of?: 'user' | 'assistant'
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Every answer is one JSON value and nothing else. */
export interface JsonCheck {
  check: 'json'
  /** A JSON Schema that the value must match. */
  schema?: JsonObject
  /**
   * The value may stand in a fenced block.
   * @default false
   */
  fenced?: boolean
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Fenced code in answers is what it says it is: it parses and, where `run` says so, runs to its end. */
export interface CodeCheck {
  check: 'code'
  /**
   * Which languages are looked at; JSX is not.
   * @minItems 1
   * @default ["javascript", "typescript", "json", "yaml"]
   */
  languages?: ('javascript' | 'typescript' | 'json' | 'yaml')[]
  /**
   * Every answer must have code in one of the languages.
   * @default false
   */
  required?: boolean
  /**
   * Run the code, of all languages that can be run or of these. Only ever in a sandbox: without one, rows fail. Code that ends with an exit code other than 0, or is
   * cut off, turns its row down.
   * @default false
   */
  run?: boolean | ('python' | 'javascript' | 'typescript' | 'shell')[]
  /**
   * With `run`: `together` makes one program of an answer's blocks of one language, as a reader would paste them one behind the other; `each` runs every block by itself.
   * @default "together"
   */
  blocks?: 'together' | 'each'
  /**
   * With `run`: in which sandbox; `auto` is the first of them that works here.
   * @default "auto"
   */
  sandbox?: 'auto' | 'bwrap' | 'sandbox-exec' | 'podman' | 'docker'
  /**
   * With `run`: the most processor time of a program, in seconds; when four times as long has passed, it is cut off.
   * @exclusiveMinimum 0
   * @maximum 600
   * @default 10
   */
  timeoutSeconds?: number
  /**
   * With `run`: the most memory of a process, in megabytes.
   * @asType integer
   * @minimum 64
   * @maximum 16384
   * @default 512
   */
  memoryMb?: number
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Rows that repeat what a model is to be tested on: long runs of words in common with items of an evaluation. */
export interface ContaminationCheck {
  check: 'contamination'
  /**
   * Files with the items, relative to the config: JSON Lines, a JSON array, or text with blank lines between the items.
   * @minItems 1
   */
  files: string[]
  /**
   * The fields of a JSON item that are compared. Left out: every text in it.
   * @minItems 1
   */
  fields?: string[]
  /**
   * How many words in a row may not be in common at all.
   * @asType integer
   * @minimum 5
   * @maximum 50
   * @default 13
   */
  any?: number
  /**
   * Runs of so many words may not cover more than half of what the user says.
   * @asType integer
   * @minimum 5
   * @maximum 50
   * @default 8
   */
  half?: number
  /** Only for cells that match. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/**
 * Rows that are made from one template: phrases that many rows share, and ways in which many begin. Looks at all accepted rows together, at the end
 * of each batch, and names the phrases. Measures: `boilerplate`, `boilerplate-rows`, `opening`, `openings`.
 */
export interface TemplatesCheck {
  check: 'templates'
  /** Other limits than the ready-made ones, by measure; null switches one off. */
  limits?: { [measure: string]: Limits }
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** How varied the rows are together, at the end of each batch. Measures: `compression`, `variety`. */
export interface DiversityCheck {
  check: 'diversity'
  /** Other limits than the ready-made ones, by measure; null switches one off. */
  limits?: { [measure: string]: Limits }
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/**
 * How far rows lie apart by what they mean, at the end of each batch: vectors of a model of embeddings, of 1,000 rows at most. Measures: `nearest`, the mean distance
 * (1 - cosine) of a row to the one nearest to it, and `distance`, that of any two. Which values are good depends on the model, so there are no ready-made limits.
 */
export interface SpreadCheck {
  check: 'spread'
  /** The name in `models` of a model of embeddings. */
  model: string
  /**
   * Which messages are compared; the first 8,000 characters count.
   * @default "user"
   */
  of?: 'user' | 'assistant' | 'conversation'
  /** Where it remarks: below these. */
  limits: SpreadLimits
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** Limits of the measures of a spread. */
export interface SpreadLimits {
  nearest?: Limits
  distance?: Limits
}

/** Whether the answers of a batch become shorter, longer or less varied from its first row to its last. Measures: `drift-length`, `drift-variety`. */
export interface DriftCheck {
  check: 'drift'
  /** Other limits than the ready-made ones, by measure; null switches one off. */
  limits?: { [measure: string]: Limits }
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** Whether every value, and every pair of values, that is possible occurs in an accepted row. Measures: `coverage-1`, `coverage-2`, `coverage-3`. */
export interface CoverageCheck {
  check: 'coverage'
  /**
   * Up to how many values at once.
   * @asType integer
   * @minimum 1
   * @maximum 3
   * @default 2
   */
  strength?: number
  /** Other limits than the ready-made ones, by measure; null switches one off. */
  limits?: { [measure: string]: Limits }
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** Whether the values of each dimension have about the shares that their weights give them. Measure: `balance`. */
export interface BalanceCheck {
  check: 'balance'
  /** Other limits than the ready-made ones, by measure; null switches one off. */
  limits?: { [measure: string]: Limits }
  /**
   * Whether a build in which a measure is beyond its `fail` limit ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** Bounds on the share of rows that are not of a dimension's first value, such as edge cases. Judged by the interval in which the true share lies. */
export interface ShareCheck {
  check: 'share'
  /** The least and the largest share, by dimension: `{ edge: [0.2, 0.3] }`. */
  shares: { [dimension: string]: [number, number] }
  /**
   * Whether a build in which a share is off for certain ends with exit code 1, or only says so.
   * @default "warn"
   */
  severity?: MeasureSeverity
}

/** Where a measure remarks; null: never. */
export interface Limits {
  warn?: number | null
  fail?: number | null
}

/** What a measure beyond its limits does to the build. It never rejects a row. */
export type MeasureSeverity = 'warn' | 'fail'

/**
 * A model reads the example and gives every criterion of a rubric a level, with its reasons first. Levels are kept as answers are: another
 * threshold asks nothing, another wording asks the judge alone. An answer that is no verdict is bought again within the recipe's `attempts`, then the row is
 * rejected as `unusable-verdict`, whatever the severity.
 */
export interface JudgeCheck {
  check: 'judge'
  /** The judge's name in `models`; best of another family than the models it judges. */
  by: string
  /** What is judged: a ready-made rubric by name, or one of your own. Left out: the format's, else `conversation`. */
  rubric?: string | Rubric
  /**
   * The lowest level that passes, by criterion; a text holds for every criterion that has such a level. Left out: as the rubric says. With `compare`, levels
   * are `loses`, `unclear`, `tie` and `wins`; a text holds for the pair as a whole (`overall`), of which `wins` is wanted, and every other criterion passes
   * unless it is named.
   */
  min?: string | { [criterion: string]: string }
  /**
   * For rows with a rejected answer: instead of giving levels, the judge compares the chosen answer with the rejected one, in two calls, so that each stands
   * first once. A pair wins, loses or ties by both; otherwise the order has decided, and it is `unclear`. Rubric left out: the format's, else `preference`.
   * @default false
   */
  compare?: boolean
  /**
   * Ask for each criterion in a call of its own, so that none can colour another. Dearer.
   * @default false
   */
  separate?: boolean
  /**
   * For a rubric that looks at each dimension of the cell: at which. Left out: at all.
   * @minItems 1
   */
  dimensions?: string[]
  /** Only for cells that match; others are not judged. */
  where?: CellMatch
  /**
   * What shows whether the judge can tell good examples from bad ones. Where it cannot, it turns no row down. Left out: 4 rows are spoiled by machine, once
   * 8 rows are judged. `false`: the judge is trusted.
   */
  controls?: false | Controls
  /**
   * A row that it turns down goes back with the judge's reasons: the last question of the recipe is asked again, up to the recipe's `attempts`. The reasons are part
   * of that request, so with this on, an edit of the rubric may ask more than the judge.
   * @default false
   */
  retry?: boolean
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
}

/**
 * A command reads each finished example, as JSON on its standard input, and says what it thinks of it. Verdicts are kept as answers are: when a file of the
 * command changes, it runs again, and nothing is asked. A command that crashes, takes too long or gives no verdict fails the row, and never passes it.
 */
export interface CommandCheck {
  check: 'command'
  /** A name for findings. Left out: `command`. */
  name?: string
  /**
   * The program and its arguments; no shell is involved. Files of the project named here are part of the key.
   * @minItems 1
   */
  run: string[]
  /**
   * `json`: it prints `{ "ok": false, "message": "…" }`, where `findings` may be a list of further texts; with `"ok": true` those only warn. `exit-code`: 0 passes the
   * row, 1 turns it down with the first line that was printed, anything else is an error.
   * @default "json"
   */
  verdict?: 'json' | 'exit-code'
  /** Further files of the project that verdicts depend on, such as what the command imports. */
  files?: string[]
  /**
   * Longest running time in seconds; then the whole process group is killed.
   * @exclusiveMinimum 0
   * @default 30
   */
  timeoutSeconds?: number
  /** Environment variables the command may see, beside PATH, LANG and TMPDIR. */
  env?: string[]
  /** Change it to run the command again for every row. */
  version?: string | number
  /** Only for cells that match; for others it does not run. */
  where?: CellMatch
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Examples whose worth is known before a judge sees them. */
export interface Controls {
  /** Examples that the judge must find good, or files of them, one JSON object a line. With `compare`: pairs whose chosen answer is the better one. */
  good?: (string | ControlExample)[]
  /** Examples that the judge must find bad, or files of them. With `compare`: pairs whose rejected answer is the better one. */
  bad?: (string | ControlExample)[]
  /**
   * So many rows are spoiled by machine: the answer is cut off, its words are shuffled, or it is another row's; for a rubric about dimensions, the row is
   * presented as another cell's. Each spoiled row is asked about once, the row itself as every row. They stay as they are until the judge changes.
   * @asType integer
   * @minimum 0
   * @maximum 16
   * @default 4
   */
  made?: number
  /**
   * How well good and bad ones must be told apart: the share of pairs of a good and a bad one in which the good one has the higher score, ties
   * counting half (AUC). 0.5 is a coin.
   * @exclusiveMinimum 0.5
   * @maximum 1
   * @default 0.8
   */
  least?: number
}

/** A row as a control. */
export interface ControlExample {
  /** @minItems 1 */
  messages: Message[]
  /** For a judge that compares: what the rejected side says. */
  rejected?: Message[]
  /** What the assistant may call. */
  tools?: Tool[]
  /** The cell it stands for, by dimension; for a rubric that looks at dimensions. */
  cell?: { [dimension: string]: string }
}

/** A function of the example and its cell; returns true, or what is wrong. TypeScript only. */
export interface CustomCheck {
  check: 'custom'
  /** A name for findings. */
  name: string
  test?: CheckFunction
  /**
   * What a finding does to its row.
   * @default "reject"
   */
  severity?: Severity
  /**
   * A row that it turns down goes back: the question that it is about is asked again with the finding, up to the recipe's `attempts`. The finding is part of that
   * request, so with this on, an edit of the check may ask something.
   * @default false
   */
  retry?: boolean
}

/** Judges an example: true, or what is wrong with it; in TypeScript only. */
export type CheckFunction = (example: Example, cell: { readonly [dimension: string]: string }) => true | string

/** What a finding does to its row. */
export type Severity = 'reject' | 'warn'

/** How rows are written. Those named `…-preference`, and `trl-kto`, need a recipe that makes a rejected answer, such as `preference`. */
export type OutputFormat =
  | 'openai-chat'
  | 'openai-preference'
  | 'trl-messages'
  | 'trl-prompt-completion'
  | 'trl-prompt-only'
  | 'trl-preference'
  | 'trl-kto'
  | 'sharegpt'
  | 'sharegpt-preference'
  | 'alpaca'
  | 'alpaca-preference'
  | 'mistral'
  | 'gemini'
  | 'gemini-preference'
  | 'bedrock-nova'

/** Who trains on files: the names that `datagen validate --for` takes. */
export type PlatformName =
  | 'openai'
  | 'openai-preference'
  | 'openai-rft'
  | 'azure'
  | 'together'
  | 'fireworks'
  | 'mistral'
  | 'gemini'
  | 'gemini-preference'
  | 'bedrock-claude'
  | 'bedrock-nova'
  | 'trl'
  | 'llama-factory'
  | 'axolotl'

/** A file to write. */
export interface Output {
  /**
   * The shape of its rows, by who reads them.
   * @default "openai-chat"
   */
  format?: OutputFormat
  /**
   * Who will train on it. Then every row that is written is held to the rules that `datagen validate --for` knows: what the platform would refuse is named with
   * its row, and the build ends with exit code 1.
   */
  for?: PlatformName
  /** The file, relative to the config and inside its folder. Left out: `data/<name>.jsonl`. */
  path?: string
  /** Shares of the cells set aside in files of their own, beside `path`: `{ valid: 0.1 }` writes `valid.jsonl`. */
  holdout?: { [split: string]: number }
  /** Only rows of these batches. */
  batches?: string[]
  /** Only cells that match. */
  where?: CellMatch
}
