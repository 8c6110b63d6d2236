/**
 * Answers that were paid for and are whole, and still are not to be believed: by what they say about themselves. They are set
 * aside, their cell fails, and the next build asks again.
 */
import type { AskSpec } from '../config/dataset.ts'
import { type Envelope, readEnvelope } from '../generate/envelope.ts'
import { shortfall } from '../generate/prompt-count.ts'
import { keyOf } from '../key/key.ts'
import type { Draw } from '../key/request.ts'
import type { Used, Wanted } from '../plan/resolve.ts'
import { storable } from '../store/record.ts'
import type { Digest, Key } from '../util/brand.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { Answerers, type RowsByModel } from './answerers.ts'
import type { Problem } from './board.ts'
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

export class Doubts {
  readonly answerers: Answerers
  readonly #seen: SeenAnswers
  #work: Work

  constructor(work: Work, locked?: () => RowsByModel) {
    this.#work = work
    this.answerers = new Answerers(locked)
    this.#seen = new SeenAnswers(({ key, request }) => {
      const kept = this.#work.store.get(key, request)
      return kept && readEnvelope(kept.raw)
    })
  }

  goOn(work: Work): void {
    this.#work = work
  }

  /** What speaks against an answer; awaited only where a prompt has to be counted. */
  about(step: AskSpec, wanted: Wanted, answer: Answered): Doubt | undefined | Promise<Doubt | undefined> {
    const { model } = step
    if (model.provider === 'simulated') return undefined
    return this.#snapshot(step, answer) ?? this.#repeated(step, wanted, answer) ?? truncated(step, wanted, answer)
  }

  /** What speaks against a row: an answer behind it that was kept before its model was pinned to another snapshot. */
  aboutRow(used: readonly Used[]): Problem | undefined {
    for (const [i, { step: name, kept }] of used.entries()) {
      // Of each step the last answer counted.
      if (used[i + 1]?.step === name) continue
      const step = this.#work.dataset.recipe.steps.find((one) => one.name === name)
      const pinned = step?.kind === 'ask' && step.model.pin ? this.answerers.pinOf(step.model) : undefined
      if (pinned !== undefined && kept.model !== storable(pinned))
        return {
          code: 'other-snapshot',
          message: `step "${name}" was answered by "${kept.model}" before, and its model is pinned to "${pinned}"`,
        }
    }
    return undefined
  }

  #snapshot({ model }: AskSpec, answer: Answered): Doubt | undefined {
    const other = this.answerers.hear(model, answer.model, this.#work)
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

  #repeated({ model }: AskSpec, { key, draw, asked }: Wanted, answer: Answered): Doubt | undefined {
    const also = this.#seen.meet(model.identity, answer, { key, request: asked.digest, draw })
    if (!also) return undefined
    return { code: 'repeated-answer', message: REPEATED, also }
  }
}

const REPEATED = 'one and the same answer (by its id) came to two different requests: a proxy or cache in between mixes them up'

function truncated({ model }: AskSpec, { asked }: Wanted, { usage }: Answered): undefined | Promise<Doubt | undefined> {
  const { request } = asked.identified
  if (model.truncatedPrompts === 'accept' || request.kind !== 'ask' || !usage) return undefined
  return shortfall(request.body, usage)?.then((short) => {
    if (!short) return undefined
    const [read, sent] = [short.read, short.sent].map((tokens) => Number(tokens.toPrecision(2)).toLocaleString('en-US'))
    return {
      code: 'prompt-truncated',
      message: `the server read ${read} of about ${sent} tokens: it cut the prompt; raise its context length (num_ctx), or send less`,
    }
  })
}

/** A draw that no plan asks for: what is set aside is kept under it, for who wants to see it and for the bill. */
export function asideOf(request: Digest, draw: Draw): Draw & { readonly key: Key } {
  const aside: Draw = { ...draw, attempt: 2 ** 32 - 1 }
  return { ...aside, key: keyOf(request, aside) }
}
