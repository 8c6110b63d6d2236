/** Records that refuse unknown names, and the errors that mean "mend the config". */
import type { Diagnostic } from '../util/diagnostic.ts'

/** A prompt, constraint or check asked for a dimension, step or name that does not exist. */
export class UnknownName extends Error {
  readonly kind: string
  readonly unknown: string
  readonly known: readonly string[]
  constructor(kind: string, unknown: string, known: readonly string[]) {
    super(`there is no ${kind} "${unknown}"`)
    this.name = 'UnknownName'
    this.kind = kind
    this.unknown = unknown
    this.known = known
  }
}

/** A text of the config that cannot be filled in, for a reason its author must mend. */
export class TextProblem extends Error {
  /** The same with place and hint, where the config's own text is known. */
  readonly diagnostic: Diagnostic | undefined
  constructor(message: string, diagnostic?: Diagnostic) {
    super(message)
    this.name = 'TextProblem'
    this.diagnostic = diagnostic
  }
}

/** A step whose words depend on a clock, a die or a counter. */
export class ChangingText extends TextProblem {
  constructor(step: string) {
    super(`step "${step}" is different when it is made twice; look for Date.now, Math.random or a counter in its texts`)
  }
}

export function isConfigProblem(error: unknown): error is UnknownName | TextProblem {
  return error instanceof UnknownName || error instanceof TextProblem
}

// Names that the language or a printer asks for on its own; answering undefined keeps them harmless.
const ASKED_BY_THE_LANGUAGE = new Set(['toJSON', 'then', 'constructor', '$$typeof', 'asymmetricMatch', 'nodeType', 'inspect'])

const handlers = new Map<string, ProxyHandler<Record<string, unknown>>>()

function handlerFor(kind: string): ProxyHandler<Record<string, unknown>> {
  const known = handlers.get(kind)
  if (known) return known
  const handler: ProxyHandler<Record<string, unknown>> = {
    get(target, name) {
      if (typeof name === 'symbol') return undefined
      const value = target[name]
      if (value !== undefined || Object.hasOwn(target, name)) return value
      if (ASKED_BY_THE_LANGUAGE.has(name)) return undefined
      throw new UnknownName(kind, name, Object.keys(target))
    },
    set() {
      throw new TextProblem(`a ${kind} cannot be changed here`)
    },
  }
  handlers.set(kind, handler)
  return handler
}

/** A view of a null-prototype record that throws `UnknownName` instead of answering undefined. Later additions show. */
export function guard<T>(record: Record<string, T>, kind: string): { readonly [name: string]: T } {
  return new Proxy(record, handlerFor(kind) as ProxyHandler<Record<string, T>>)
}
