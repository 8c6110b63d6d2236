/**
 * The look-up ladder for one item: walk its steps as far as kept answers carry, and say what is missing.
 * Planning, building and assembling all go through here, so what `plan` says is what `build` does.
 */
import type { Example, StepContext } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { BadExample } from '../config/bad-example.ts'
import type { AskSpec, RecipeSpec, RunSpec, StepSpec } from '../config/dataset.ts'
import { ChangingText, isConfigProblem } from '../config/guard.ts'
import { type Identified, identify, keyOf } from '../key/key.ts'
import type { Draw } from '../key/request.ts'
import type { Digest, Key, TraceId } from '../util/brand.ts'
import { isAnsweredAlone, isOwn, stepOrdinal } from './draws.ts'
import { checkExample } from './example.ts'
import { askRequest, runRequest } from './render.ts'

/** Who answered and what it cost. */
export interface Kept {
  readonly id: TraceId
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  /** null when no price was known. */
  readonly usd: number | null
}

/** What a response says, once read. */
export type Reading =
  | { readonly kind: 'value'; readonly value: Json }
  | {
      readonly kind: 'rejected'
      readonly code: string
      readonly message: string
      /** No further attempt of the same request is worth making. */
      readonly final?: true
    }

/** What is known about a key. */
export type Answer = { readonly kind: 'missing' } | (Reading & { readonly kept: Kept }) | Distrusted

/** An answer that is kept and turned out not to be one; in this run it is neither used nor asked for anew. */
export interface Distrusted {
  readonly kind: 'distrusted'
  readonly code: string
  readonly message: string
}

/** A step's request: its digest, and the whole of it for who needs it. */
export interface Asked {
  readonly digest: Digest
  readonly identified: Identified
}

/** Reads kept answers; implemented over the store by `schedule/`. */
export interface Answers {
  find(key: Key, step: AskSpec | RunSpec, asked: Asked): Answer
}

/** An item as the ladder needs it. */
export interface Rung {
  readonly context: StepContext
  /** The record behind `context.steps`; filled in as steps resolve. */
  readonly values: Record<string, Json>
  /** Ordinal of the item's draws. */
  readonly ordinal: number
  /** How often a draw of a request was asked for anew on purpose. */
  readonly epoch: (request: Digest, ordinal: number) => number
  /** Digest of the item's first request of its own, when it was rendered before. */
  readonly first?: Digest | undefined
  /** Requests of earlier walks over the same answers, by `requestName`: for who walks the same item several times. */
  readonly requests?: Map<string, Asked>
  /** What a check that sends rows back has against an example. */
  readonly objection?: (example: Example, values: StepValues) => Objection | undefined
}

/** Why a row goes back to a step, which is told so. */
export interface Objection {
  /** The check's id. */
  readonly check: string
  readonly message: string
  /** Whose words it is about. */
  readonly of: 'user' | 'assistant'
  /** What else may help, in the words of a judge. */
  readonly guidance?: string
}

/** A step that must be asked or run. */
export interface Wanted {
  readonly kind: 'wanted'
  readonly step: AskSpec | RunSpec
  /** Position among the recipe's steps. */
  readonly at: number
  /** Nothing was answered yet for this item alone. */
  readonly isFirst: boolean
  readonly asked: Asked
  readonly key: Key
  readonly draw: Draw
  /** Why the attempt before this one was rejected, if there was one. */
  readonly afterRejection?: string
  /** How often the item's example had gone back before this was asked. */
  readonly returns: number
}

/** Under which a request is remembered between walks: a step may be asked again about what a check found. */
export function requestName({ step, returns }: Pick<Wanted, 'step' | 'returns'>): string {
  return returns === 0 ? step.name : `${step.name}\n${returns}`
}

/** What each step came to. */
export type StepValues = { readonly [step: string]: Json }

export interface Used {
  readonly step: string
  readonly key: Key
  readonly kept: Kept
}

export type Resolution =
  | Wanted
  /** `values` by step: what checks may want to see beside the example. */
  | { readonly kind: 'example'; readonly example: Example; readonly used: readonly Used[]; readonly values: StepValues }
  /** `step` is undefined when the example itself could not be made. */
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string; readonly step?: string; readonly used: readonly Used[] }
  | (Distrusted & { readonly used: readonly Used[] })

/** Throws only what the config's author must mend. */
export function resolve(recipe: RecipeSpec, rung: Rung, answers: Answers): Resolution {
  const used: Used[] = []
  let back: Return | undefined
  for (let returns = 0; ; returns++) {
    const found = walk(recipe, rung, answers, used, returns, back)
    const objection = found.kind === 'example' && returns + 1 < recipe.attempts ? rung.objection?.(found.example, found.values) : undefined
    const at = objection && stepBlamed(recipe, rung, objection)
    if (!objection || at === undefined) return found
    back = {
      at,
      check: objection.check,
      said: [...(back?.at === at ? back.said : []), ...told(recipe.steps[at] as AskSpec, rung, objection)],
    }
  }
}

/** An example that went back: to which step, and what that is told behind its request. */
interface Return {
  readonly at: number
  readonly check: string
  readonly said: readonly JsonObject[]
}

/** Of the user's words the first question of the item's own, of the answer the last one that was asked. */
function stepBlamed({ steps }: RecipeSpec, { context }: Rung, { of }: Objection): number | undefined {
  const own = steps.flatMap((step, at) => (isOwn(step) && !step.name.startsWith(JUDGES) && isWanted(step, context) ? [at] : []))
  return of === 'user' ? own[0] : own.at(-1)
}

// Steps that judge an example have no part in it.
const JUDGES = 'judge:'

/** The answer that was turned down, and why: both are part of the new request, so that its key says what was asked. */
function told({ name }: AskSpec, { values }: Rung, { message, guidance }: Objection): JsonObject[] {
  const answer = values[name] as Json
  return [
    { role: 'assistant', content: typeof answer === 'string' ? answer : JSON.stringify(answer) },
    {
      role: 'user',
      content: `This was turned down by a check: ${message}.${guidance === undefined ? '' : ` Its reasons:\n${guidance}\n`} Write it again, in the same form, so that this no longer holds.`,
    },
  ]
}

/** One way through the steps, from the one that the example went back to. */
function walk(recipe: RecipeSpec, rung: Rung, answers: Answers, used: Used[], returns: number, back: Return | undefined): Resolution {
  let isFirst = back === undefined
  for (let at = back?.at ?? 0; at < recipe.steps.length; at++) {
    const step = recipe.steps[at] as StepSpec
    const asks = attempt(() => isWanted(step, rung.context))
    if ('problem' in asks)
      return { kind: 'rejected', code: 'when-failed', message: `step "${step.name}": when: ${asks.problem}`, step: step.name, used }
    if (!asks.value) {
      rung.values[step.name] = null
      continue
    }
    if (step.kind === 'derive') {
      const made = attempt(() => checkJson(step.derive(rung.context)))
      if ('problem' in made)
        return { kind: 'rejected', code: 'derive-failed', message: `step "${step.name}": ${made.problem}`, step: step.name, used }
      rung.values[step.name] = made.value
      continue
    }
    if (step.verdict || (step.kind === 'ask' && step.embeds)) {
      const bad = attempt(() => checkExample(recipe.example(rung.context)))
      if ('problem' in bad) return { kind: 'rejected', code: bad.code ?? 'bad-example', message: bad.problem, used }
    }
    const found = climb(recipe, rung, answers, { step, at, isFirst, returns }, used, at === back?.at ? back : undefined)
    if (found) return found
    if (isAnsweredAlone(step)) isFirst = false
  }
  const made = attempt(() => checkExample(recipe.example(rung.context)))
  if ('problem' in made) return { kind: 'rejected', code: made.code ?? 'bad-example', message: made.problem, used }
  return { kind: 'example', example: made.value, used, values: rung.values }
}

/**
 * The example again, from the values its answers had: what `resolve` found, without making a request. Throws what it
 * would have turned down: then the values are not those it was made from. `readValue` is called for the steps that are not skipped.
 */
export function replay(
  recipe: RecipeSpec,
  { context, values }: Pick<Rung, 'context' | 'values'>,
  readValue: (step: AskSpec | RunSpec) => Json,
): Example {
  for (const step of recipe.steps) {
    if (!isWanted(step, context)) values[step.name] = null
    else values[step.name] = step.kind === 'derive' ? step.derive(context) : readValue(step)
  }
  return checkExample(recipe.example(context))
}

/** False for a step that is skipped. */
export function isWanted({ when }: StepSpec, context: StepContext): boolean {
  return when === undefined || when(context)
}

/** Tries the attempts of one asked step in order; undefined when a value was found. */
export function climb(
  recipe: RecipeSpec,
  rung: Rung,
  answers: Answers,
  { step, at, isFirst, returns }: Pick<Wanted, 'step' | 'at' | 'isFirst' | 'returns'>,
  used: Used[],
  back?: Return,
): Resolution | undefined {
  const made = attempt(() => askedIn(rung, { step, returns }, isFirst, back?.said))
  if ('problem' in made)
    return { kind: 'rejected', code: 'prompt-failed', message: `step "${step.name}": ${made.problem}`, step: step.name, used }
  const asked = made.value
  const ordinal = stepOrdinal(step, rung.ordinal)
  const epoch = rung.epoch(asked.digest, ordinal)
  const attempts = step.kind === 'ask' ? recipe.attempts : 1
  let rejection: { code: string; message: string } | undefined
  for (let attempt = 0; ; attempt++) {
    const draw: Draw = { ordinal, attempt, epoch }
    const key = keyOf(asked.digest, draw)
    const answer = answers.find(key, step, asked)
    if (answer.kind === 'missing') {
      if (rejection && attempt >= attempts) return { kind: 'rejected', ...rejection, step: step.name, used }
      const after = rejection?.code ?? back?.check
      return { kind: 'wanted', step, at, isFirst, returns, asked, key, draw, ...(after === undefined ? {} : { afterRejection: after }) }
    }
    if (answer.kind === 'distrusted') return { ...answer, used }
    used.push({ step: step.name, key, kept: answer.kept })
    const read = answer.kind === 'value' ? accepted(step, answer, rung.context) : answer
    if (read.kind === 'value') {
      rung.values[step.name] = read.value
      return undefined
    }
    rejection = { code: read.code, message: read.message }
    if (read.final) return { kind: 'rejected', ...rejection, step: step.name, used }
  }
}

/** What the recipe itself asks of an answer, beside the shape that its request named. */
function accepted(step: AskSpec | RunSpec, answer: Extract<Reading, { kind: 'value' }>, context: StepContext): Reading {
  const problem = step.kind === 'ask' ? step.accept?.(answer.value, context) : undefined
  return problem ? { kind: 'rejected', ...problem } : answer
}

/** The step's request; when its digest is known, it is rendered only if somebody looks at it. */
function askedIn(
  rung: Rung,
  { step, returns }: Pick<Wanted, 'step' | 'returns'>,
  isFirst: boolean,
  said: readonly JsonObject[] = [],
): Asked {
  const name = requestName({ step, returns })
  const known = rung.requests?.get(name)
  if (known) return known
  const render = () => identify(step.kind === 'ask' ? askRequest(step, rung.context, said) : runRequest(step, rung.context))
  const digest = isFirst && isOwn(step) ? rung.first : undefined
  const asked = digest === undefined ? rendered(render()) : new Known(digest, step.name, render)
  rung.requests?.set(name, asked)
  return asked
}

function rendered(identified: Identified): Asked {
  return { digest: identified.digest, identified }
}

class Known implements Asked {
  readonly digest: Digest
  readonly #step: string
  readonly #render: () => Identified
  #identified: Identified | undefined

  constructor(digest: Digest, step: string, render: () => Identified) {
    this.digest = digest
    this.#step = step
    this.#render = render
  }

  get identified(): Identified {
    this.#identified ??= this.#render()
    if (this.#identified.digest !== this.digest) throw new ChangingText(this.#step)
    return this.#identified
  }
}

/** The config's own problems pass through; anything else its functions throw belongs to this item only. */
function attempt<T>(make: () => T): { value: T } | { problem: string; code?: string } {
  try {
    return { value: make() }
  } catch (error) {
    if (isConfigProblem(error)) throw error
    if (error instanceof BadExample) return { problem: error.message, code: error.code }
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function checkJson(value: Json): Json {
  identify({ kind: 'run', argv: [], files: {}, input: value })
  return value
}
