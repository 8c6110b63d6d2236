/** Functions written in a config, wrapped so that what they throw names the function, its place and a way out. */
import type { Diagnostic, Place } from '../util/diagnostic.ts'
import { didYouMean } from './complaints.ts'
import { TextProblem, UnknownName } from './guard.ts'

/** `names`: only unknown names are the author's to mend, and anything else belongs to the item; `all`: everything is. */
export type Blame = 'all' | 'names'

/** The place is asked for when something is wrong: finding it takes the file apart. */
export type Wrap = <A extends readonly unknown[], R>(
  run: (...args: A) => R,
  what: string,
  place: () => Place,
  blame?: Blame,
) => (...args: A) => R

export function wrapper(thrownAt: (error: unknown) => Place | undefined): Wrap {
  return (run, what, place, blame = 'all') =>
    (...args) => {
      try {
        return run(...args)
      } catch (error) {
        if (error instanceof TextProblem && error.diagnostic) throw error
        if (blame === 'names' && !(error instanceof UnknownName || error instanceof TextProblem)) throw error
        const diagnostic = describe(error, what, thrownAt(error) ?? place())
        throw new TextProblem(diagnostic.headline, diagnostic)
      }
    }
}

function describe(error: unknown, what: string, place: Place): Diagnostic {
  if (error instanceof UnknownName) {
    const hint = didYouMean(error.unknown, error.known)
    return {
      code: `config/unknown-${error.kind.replaceAll(' ', '-')}`,
      severity: 'error',
      headline: `${what} reads the ${error.kind} "${error.unknown}", which does not exist`,
      place,
      facts: [[`${error.kind}s`, error.known.join(', ') || '(none)']],
      ...(hint === undefined ? {} : { hint }),
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  const headline = error instanceof TextProblem ? message : `${what} throws ${JSON.stringify(message.split('\n')[0]?.slice(0, 200) ?? '')}`
  return { code: 'config/function', severity: 'error', headline, place }
}
