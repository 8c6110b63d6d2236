/**
 * Answers that were paid for and are whole, and still are not to be believed: by what they say about themselves. They are set
 * aside, their cell fails, and the next build asks again.
 */
import type { JsonObject } from '../../schema/json.ts'
import type { Dataset, ModelSpec } from '../config/dataset.ts'
import { type Envelope, readEnvelope } from '../generate/envelope.ts'
import { type Shortfall, shortfall } from '../generate/prompt-count.ts'
import { keyOf } from '../key/key.ts'
import type { Draw } from '../key/request.ts'
import type { Used } from '../plan/resolve.ts'
import { storable } from '../store/record.ts'
import type { Store } from '../store/store.ts'
import type { Digest, Key } from '../util/brand.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { Answerers, answersByModel, type RowsByModel, rowsByModel } from './answerers.ts'
import type { Problem } from './board.ts'
import type { Distrust } from './distrust.ts'
import { type Question, SeenAnswers } from './seen-answers.ts'
import type { Work } from './work.ts'

export interface Doubt {
  readonly code: 'prompt-truncated' | 'repeated-answer' | 'other-snapshot'
  readonly message: string
  /** No further call of the build can be believed either. */
  readonly ends?: Diagnostic
  /** What was kept earlier and falls with this answer. */
  readonly also?: Question
}

type Answered = Extract<Envelope, { kind: 'completion' | 'rejected' }>

/** What an answer was given to. */
export interface Asking extends Question {
  /** Undefined where the config asks it no more: what a config says of a model is then not known. */
  readonly model: ModelSpec | undefined
  /** Who gives answers their ids. */
  readonly server: string
  readonly body: () => JsonObject | undefined
}

export interface DoubtsContext {
  readonly dataset: Dataset
  readonly store: Store
  /** Shared with the works of the run. */
  readonly distrusted: Distrust
  /** Rows by the model that had a part in them, asked while no work is under way. */
  readonly rows: () => RowsByModel
  /** The same as `datagen.lock` has them: what a pinned model is held to where no row is kept. */
  readonly locked: () => RowsByModel
}

/** Those of one run: of what is asked online, and of what is collected from jobs before anything is asked. */
export class Doubts {
  readonly answerers: Answerers
  readonly #context: DoubtsContext
  readonly #seen: SeenAnswers
  #work: Work | undefined

  constructor(context: DoubtsContext) {
    this.#context = context
    const { dataset, store, rows, locked } = context
    this.answerers = new Answerers({ dataset }, [
      () => (this.#work ? rowsByModel(this.#work) : rows()),
      () => (this.#work ? answersByModel(this.#work) : new Map()),
      locked,
    ])
    this.#seen = new SeenAnswers(({ key, request }) => {
      const kept = store.get(key, request)
      return kept && readEnvelope(kept.raw)
    })
  }

  goOn(work: Work): void {
    this.#work = work
  }

  /** What speaks against an answer; awaited only where a prompt has to be counted. */
  about(asking: Asking, answer: Answered): Doubt | undefined | Promise<Doubt | undefined> {
    if (asking.model?.provider === 'simulated') return undefined
    return this.#snapshot(asking, answer) ?? this.#repeated(asking, answer) ?? truncated(asking, answer)
  }

  /** What a process before this one kept of the same job is met again, and is believed as it was then. */
  recall(asking: Asking, answer: Answered): void {
    this.#snapshot(asking, answer)
    this.#repeated(asking, answer)
  }

  /** The cell of an answer that was set aside fails in this run, instead of being asked for again. */
  fail({ key, request, draw }: Question, problem: Problem): void {
    this.#context.distrusted.add(key, request, draw, problem)
  }

  /** Takes back what was kept earlier. */
  async takeBack(question: Question, problem: Problem): Promise<void> {
    const { store, distrusted } = this.#context
    if (this.#work) await this.#work.distrust(question, problem)
    else await distrusted.takeBack(store, question, problem)
  }

  /** What speaks against a row: an answer behind it that was kept before its model was pinned to another snapshot. */
  aboutRow(used: readonly Used[]): Problem | undefined {
    for (const [i, { step: name, kept }] of used.entries()) {
      // Of each step the last answer counted.
      if (used[i + 1]?.step === name) continue
      const step = this.#context.dataset.recipe.steps.find((one) => one.name === name)
      const pinned = step?.kind === 'ask' && step.model.pin ? this.answerers.pinOf(step.model) : undefined
      if (pinned !== undefined && kept.model !== storable(pinned))
        return {
          code: 'other-snapshot',
          message: `step "${name}" was answered by "${kept.model}" before, and its model is pinned to "${pinned}"`,
        }
    }
    return undefined
  }

  #snapshot({ model }: Asking, answer: Answered): Doubt | undefined {
    const other = model && this.answerers.hear(model, answer.model)
    if (!other) return undefined
    const message = `"${model.name}" is pinned to "${other.pinned}", and "${answer.model}" answered`
    return {
      code: 'other-snapshot',
      message,
      ends: {
        code: 'model/pinned',
        severity: 'error',
        headline: message,
        facts: [['asked', `${model.provider}:${model.model}`]],
        hint: `ask for "${other.pinned}" itself with \`use\`; or go on with the other one: pin: '${answer.model}', and \`datagen redo\` for the rows there are`,
      },
    }
  }

  #repeated({ server, key, request, draw }: Asking, answer: Answered): Doubt | undefined {
    const also = this.#seen.meet(server, answer, { key, request, draw })
    return also && { ...REPEATED, also }
  }
}

export const REPEATED: Doubt = {
  code: 'repeated-answer',
  message: 'one and the same answer (by its id) came to two different requests: a proxy or cache in between mixes them up',
}

function truncated({ model, body }: Asking, { usage }: Answered): undefined | Promise<Doubt | undefined> {
  if (model?.truncatedPrompts === 'accept' || !usage) return undefined
  const sent = body()
  return sent && shortfall(sent, usage)?.then(cut)
}

function cut(short: Shortfall | undefined): Doubt | undefined {
  if (!short) return undefined
  const [read, sent] = [short.read, short.sent].map((tokens) => Number(tokens.toPrecision(2)).toLocaleString('en-US'))
  return {
    code: 'prompt-truncated',
    message: `the server read ${read} of about ${sent} tokens: it cut the prompt; raise its context length (num_ctx), or send less`,
  }
}

/** A draw that no plan asks for: what is set aside is kept under it, for who wants to see it and for the bill. */
export function asideOf(request: Digest, draw: Draw): Draw & { readonly key: Key } {
  const aside: Draw = { ...draw, attempt: 2 ** 32 - 1 }
  return { ...aside, key: keyOf(request, aside) }
}
