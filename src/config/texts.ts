/** A config's `Text`, a template or a function, as something that fills in one item. */
import type { Text } from '../../schema/config.ts'
import type { Blame, Wrap } from './authored.ts'
import type { Complaints } from './complaints.ts'
import type { Render } from './dataset.ts'
import { TextProblem } from './guard.ts'
import type { ConfigPath } from './locate.ts'
import { compileTemplate, type Scope } from './template.ts'

/** What compiling a text needs to know of its surroundings. */
export interface TextTools {
  readonly complaints: Complaints
  readonly wrap: Wrap
}

const NOTHING: Render = () => ''

/** Complains about a template that cannot work; then the text renders to nothing, and loading ends. */
export function compileText(
  text: Text,
  scope: Scope,
  path: ConfigPath,
  what: string,
  { complaints, wrap }: TextTools,
  blame: Blame = 'all',
): Render {
  const place = () => complaints.locate(path)
  if (typeof text === 'function') {
    return wrap(
      (context) => {
        const made: unknown = text(context)
        if (typeof made !== 'string')
          throw new TextProblem(
            `${what} must return a text, and returned ${made === undefined ? 'nothing' : made === null ? 'null' : `a ${typeof made}`}`,
          )
        return made
      },
      what,
      place,
      blame,
    )
  }
  const render = compileTemplate(text, scope, path, complaints)
  return render === undefined ? NOTHING : wrap(render, what, place, blame)
}
