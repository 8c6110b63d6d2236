/** What every item must have become, from the answers that were paid for and from nothing else. */
import { canonicalText } from '../../src/key/canonical.ts'
import { type Asked, FORBIDDEN, type Heard, LONGEST, nameOf } from './law-provider.ts'
import { cellsOf, type Model, type ModelCell, tutorBody, writerBody } from './model.ts'

export type Outcome = { readonly of: ModelCell; readonly sample: number } & (
  | { readonly kind: 'row'; readonly texts: readonly [system: string, user: string, assistant: string] }
  /** `raise`: the draw that `--retry` asks for anew. */
  | { readonly kind: 'rejected'; readonly raise: Draw }
  | { readonly kind: 'pending' }
)

interface Draw {
  readonly request: string
  readonly ordinal: number
}

export const ATTEMPTS = 2

/** Answers by name, and how often each draw was raised. */
export class Ledger {
  readonly heard = new Map<string, Heard>()
  readonly epochs = new Map<string, number>()

  /** What `--retry` raises: each draw once, however many rows it spoilt. */
  raise(outcomes: readonly Outcome[], isMeant: (cell: ModelCell) => boolean): void {
    const draws = new Set<string>()
    for (const outcome of outcomes)
      if (outcome.kind === 'rejected' && isMeant(outcome.of)) draws.add(drawName(outcome.raise.request, outcome.raise.ordinal))
    for (const draw of draws) this.epochs.set(draw, (this.epochs.get(draw) ?? 0) + 1)
  }

  /** Requests of which anything but the first answer to a draw was ever wanted. */
  troubled(asked: readonly Asked[]): Set<string> {
    const rejected = asked.flatMap(({ request, heard }) => (heard?.kind === 'rejected' ? [request] : []))
    return new Set([...rejected, ...[...this.epochs.keys()].map((draw) => draw.slice(draw.indexOf('#') + 1))])
  }

  epoch(request: string, ordinal: number): number {
    return this.epochs.get(drawName(request, ordinal)) ?? 0
  }

  /** The text of a draw; 'rejected' when no attempt gave one, undefined when something is left to ask. */
  answer(request: string, ordinal: number): string | 'rejected' | undefined {
    const epoch = this.epoch(request, ordinal)
    for (let attempt = 0; ; attempt++) {
      const heard = this.heard.get(nameOf(request, ordinal, attempt, epoch))
      if (!heard) return attempt >= ATTEMPTS ? 'rejected' : undefined
      if (heard.kind === 'text') return heard.text
    }
  }
}

function drawName(request: string, ordinal: number): string {
  return `${ordinal}#${request}`
}

/** One outcome for each item in plan order. Who holds which draw is given; that it is dealt well is a law of its own. */
export function outcomesOf(model: Model, ordinals: Uint32Array, ledger: Ledger): Outcome[] {
  const users = new Set<string>()
  return cellsOf(model).flatMap((of, at) =>
    Array.from({ length: model.samples }, (_, sample): Outcome => {
      const ordinal = ordinals[at * model.samples + sample] as number
      const rejected = (request: string): Outcome => ({ of, sample, kind: 'rejected', raise: { request, ordinal } })
      const writer = requestOf(model, writerBody(model, of.prompt))
      const user = ledger.answer(writer, ordinal)
      if (user === undefined) return { of, sample, kind: 'pending' }
      if (user === 'rejected') return rejected(writer)
      const tutor = requestOf(model, tutorBody(model, user))
      const assistant = ledger.answer(tutor, ordinal)
      if (assistant === undefined) return { of, sample, kind: 'pending' }
      if (assistant === 'rejected') return rejected(tutor)
      const { forbid, short, unique } = model
      if (forbid && (forbid === 'user' ? user : assistant).includes(FORBIDDEN)) return rejected(forbid === 'user' ? writer : tutor)
      if (short && assistant.length > LONGEST) return rejected(tutor)
      if (unique && users.has(user)) return rejected(writer)
      users.add(user)
      return { of, sample, kind: 'row', texts: [model.system, user, assistant] }
    }),
  )
}

export function requestOf(model: Model, body: unknown): string {
  return `${model.server}|${canonicalText(body)}`
}
