/** Collects what is wrong with a config, each with its place, and shows a handful. */
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { suggest } from '../util/suggest.ts'
import type { ConfigPath, Locator } from './locate.ts'

const SHOWN = 5 // more than a screenful helps nobody; the rest is counted

export interface Detail {
  readonly hint?: string | undefined
  readonly facts?: Diagnostic['facts']
  /** What the place underlines. */
  readonly at?: 'key' | 'value'
  /** False for lines that could hold a secret: the place then carries no text. */
  readonly frame?: boolean
}

export class Complaints {
  readonly locate: Locator
  readonly list: Diagnostic[] = []
  #hidden = false

  constructor(locate: Locator) {
    this.locate = locate
  }

  add(code: string, path: ConfigPath, headline: string, { hint, facts, at = 'value', frame = true }: Detail = {}): undefined {
    const { source, ...bare } = this.locate(path, at)
    if (!frame) this.#hidden = true // neighbours could show the same line
    const place = frame && source !== undefined ? { ...bare, source } : bare
    this.list.push({
      code: `config/${code}`,
      severity: 'error',
      headline,
      place,
      ...(facts ? { facts } : {}),
      ...(hint === undefined ? {} : { hint }),
    })
  }

  /** A name that is none of the known ones, with "did you mean". */
  unknown(
    code: string,
    path: ConfigPath,
    headline: string,
    name: string,
    known: readonly string[],
    label: string,
    at: 'key' | 'value' = 'value',
  ): undefined {
    this.add(code, path, headline, { at, facts: [[label, known.join(', ') || '(none)']], hint: didYouMean(name, known) })
  }

  /** Ends a stage: later stages need what earlier ones found valid. */
  throwIfAny(): void {
    if (this.list.length === 0) return
    const seen = new Set<string>()
    const distinct = this.list.filter((d) => {
      const id = `${d.headline}\0${d.place?.line}:${d.place?.column}`
      return !seen.has(id) && seen.add(id)
    })
    const shown = this.#hidden ? distinct.slice(0, SHOWN).map(withoutSource) : distinct.slice(0, SHOWN)
    const last = shown.at(-1)
    if (last && distinct.length > SHOWN)
      shown[shown.length - 1] = { ...last, facts: [...(last.facts ?? []), ['besides', `${distinct.length - SHOWN} more like these`]] }
    throw new DatagenError(shown)
  }
}

function withoutSource(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.place === undefined) return diagnostic
  const { source: _hidden, ...place } = diagnostic.place
  return { ...diagnostic, place }
}

export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const near = suggest(name, known)
  return near === undefined ? undefined : `did you mean "${near}"?`
}
