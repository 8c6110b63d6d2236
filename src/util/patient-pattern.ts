/**
 * Patterns of a schema, tried on what a model wrote: some take longer than the universe for thirty characters, and nothing in JavaScript can call
 * a regular expression off but the time limit of a script.
 */
import { type Context, createContext, Script } from 'node:vm'

/** As long as nobody has: a pattern that is no trap takes microseconds, so how fast the machine is decides nothing. */
const LONGEST_MS = 500
// A limit takes a thread, a third of a millisecond; so few characters are tried in less, whatever the pattern.
const HARMLESS_LENGTH = 12

export class PatternTooSlow extends Error {
  constructor(pattern: string) {
    super(`the pattern ${pattern} takes too long on it`)
  }
}

interface Pattern {
  test(text: string): boolean
  /** By which ajv tells patterns apart. */
  toString(): string
}

/** For ajv, in place of `RegExp`; `test` throws PatternTooSlow. */
export function patientPattern(source: string, flags: string): Pattern {
  const expression = new RegExp(source, flags)
  if (isQuick(source)) return expression
  return {
    test: (text) => (text.length <= HARMLESS_LENGTH ? expression.test(text) : limited(expression, text)),
    toString: () => expression.toString(),
  }
}
patientPattern.code = 'new RegExp'

// With so many parts that may be there or not, a text can be tried in thousands of ways and not in millions.
const FEW = 2

/** No group is repeated, and at most one part without end, from the beginning of the text: most patterns that people write. */
function isQuick(source: string): boolean {
  const plain = source
    .replace(/\\./g, 'x')
    .replace(/\[[^\]]*\]/g, 'x')
    .replace(/\(\?<?[:=!]/g, '(')
  const endless = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  const open = plain.match(/\?|\{\d+,\d+\}/g)?.length ?? 0
  return !/\)[*+{]/.test(plain) && open <= FEW && (endless === 0 || (endless === 1 && plain.startsWith('^')))
}

let box: Context | undefined
const trial = new Script('expression.test(text)')

function limited(expression: RegExp, text: string): boolean {
  box ??= createContext(Object.create(null))
  Object.assign(box, { expression, text })
  try {
    return trial.runInContext(box, { timeout: LONGEST_MS }) as boolean
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new PatternTooSlow(String(expression)) : error
  }
}
