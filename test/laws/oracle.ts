/** What every item must have become, from the answers that were paid for and from nothing else. */
import { canonicalText } from '../../src/key/canonical.ts'
import { type Asked, FORBIDDEN, type Heard, LONGEST, nameOf } from './law-provider.ts'
import { cellsOf, houseBody, isPolished, type Model, type ModelCell, polishBody, tutorBody, writerBody } from './model.ts'

export type Outcome = { readonly of: ModelCell; readonly sample: number } /** `draws`: what it was made from. */ & (
  | { readonly kind: 'row'; readonly texts: readonly [system: string, user: string, assistant: string]; readonly draws: readonly Draw[] }
  /** `raise`: the draw that `--retry` asks for anew. */
  | { readonly kind: 'rejected'; readonly raise: Draw }
  | { readonly kind: 'pending' }
)

export interface Draw {
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
      const draws: Draw[] = []
      const asked = (body: unknown, draw = ordinal): string | Outcome => {
        draws.push({ request: requestOf(model, body), ordinal: draw })
        const answer = ledger.answer(requestOf(model, body), draw)
        if (answer === undefined) return { of, sample, kind: 'pending' }
        return answer === 'rejected' ? { of, sample, kind: 'rejected', raise: draws.at(-1) as Draw } : answer
      }
      // Everyone shares the style of the house: its first draw.
      const house = model.house ? asked(houseBody(model), 0) : undefined
      if (typeof house === 'object') return house
      const user = asked(writerBody(model, of.prompt))
      if (typeof user === 'object') return user
      const writer = draws.at(-1) as Draw
      const answer = asked(tutorBody(model, user, house))
      if (typeof answer === 'object') return answer
      const assistant = isPolished(model, of.cell, () => answer) ? asked(polishBody(model, answer)) : answer
      if (typeof assistant === 'object') return assistant
      const turnedDown = (raise: Draw): Outcome => ({ of, sample, kind: 'rejected', raise })
      const last = draws.at(-1) as Draw
      const { forbid, short, unique } = model
      if (forbid && (forbid === 'user' ? user : assistant).includes(FORBIDDEN)) return turnedDown(forbid === 'user' ? writer : last)
      if (short && assistant.length > LONGEST) return turnedDown(last)
      if (unique && users.has(user)) return turnedDown(writer)
      users.add(user)
      return { of, sample, kind: 'row', texts: [model.system, user, assistant], draws }
    }),
  )
}

export function requestOf(model: Model, body: unknown): string {
  return `${model.server}|${canonicalText(body)}`
}
