/** What `datagen explain` prints: what would happen to one cell, and which fields of its requests say so. */
import type { Place } from '../util/diagnostic.ts'
import { placeText } from './diagnostic.ts'
import { excerpts } from './difference.ts'
import { plural } from './format.ts'
import { type Line, type Paper, type Span, type Style, write } from './line.ts'

export interface ExplainView {
  /** As people name it: `csv × beginner × question`. */
  readonly cell: string
  readonly batch: string
  readonly state: 'cached' | 'will ask' | 'rejected' | 'waiting' | 'not planned'
  /** For a rejection: which check or fault, and its message. */
  readonly why?: string
  readonly steps: readonly ExplainStep[]
  readonly hint?: string
}

export interface ExplainStep {
  readonly step: string
  readonly state: 'cached' | 'will ask' | 'handed over' | 'rejected' | 'waiting' | 'free' | 'skipped'
  readonly model?: string
  /** `its request changed since run 0191 (2 days ago)`; for a cached step, where its answer is from. */
  readonly reason: string
  readonly changed: readonly ExplainChange[]
  /** Fields that did not change, with a short form of their value. */
  readonly same: readonly (readonly [field: string, value: string])[]
  /** How many other cells changed for the same reason. */
  readonly alike?: number
}

/** Before and after of one field, as text; undefined where the field did not exist. */
export interface ExplainChange {
  readonly field: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly place?: Place
}

const OF_CELL: { readonly [S in ExplainView['state']]: readonly [verdict: string, style: Style] } = {
  cached: ['is up to date', 'green'],
  'will ask': ['will be generated', 'yellow'],
  rejected: ['was rejected and is not asked again', 'red'],
  waiting: ['waits for a batch job', 'cyan'],
  'not planned': ['is not part of the plan', 'red'],
}

const OF_STEP: { readonly [S in ExplainStep['state']]: readonly [symbol: string, style: Style] } = {
  cached: ['=', 'dim'],
  'will ask': ['~', 'yellow'],
  'handed over': ['◷', 'cyan'],
  rejected: ['!', 'red'],
  waiting: ['?', 'cyan'],
  free: ['·', 'dim'],
  skipped: ['·', 'dim'],
}

/** Lines joined by newlines, without one at the end; wrapped, never cut. */
export function explainText(view: ExplainView, paper: Paper): string {
  const [verdict, style] = OF_CELL[view.state]
  const head: Line[] = [[' ', [view.cell, 'bold'], [`  batch ${view.batch}  `, 'dim'], [verdict, style]]]
  if (view.why) head.push(['   ', view.why])
  const steps = grouped(view.steps).flatMap((step) => ['', ...stepText(step, paper)])
  const hint: Line[] = view.hint
    ? [
        [],
        [
          [' hint  ', 'dim'],
          [view.hint, 'cyan'],
        ],
      ]
    : []
  return [...write(head, paper, 3), ...steps, ...write(hint, paper, 7)].join('\n')
}

/** Steps that wait one behind the other are one line: a conversation has many of them. */
function grouped(steps: readonly ExplainStep[]): ExplainStep[] {
  const groups: ExplainStep[] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (step.state === 'waiting' && last?.state === 'waiting') {
      const { model: _, ...rest } = last
      const model = last.model === step.model && step.model !== undefined ? { model: step.model } : {}
      groups[groups.length - 1] = {
        ...rest,
        ...model,
        step: `${last.step}, ${step.step}`,
        reason: 'their requests are known when the steps before them are',
      }
    } else groups.push(step)
  }
  return groups
}

function stepText(step: ExplainStep, paper: Paper): string[] {
  const [symbol, style] = OF_STEP[step.state]
  const model: Span[] = step.model ? [[`  ${step.model}`, 'dim']] : []
  const lines: Line[] = [
    [' ', [symbol, style], ' step ', [step.step, 'bold'], ...model],
    ['   ', [step.reason, style === 'dim' ? 'dim' : 'bold']],
  ]
  const names = Math.min(28, Math.max(0, ...step.changed.map(({ field }) => field.length)))
  const body = [...write(lines, paper, 5), ...step.changed.flatMap((change) => write(changeLines(change, names), paper, 7 + names))]
  const rest: Line[] =
    step.same.length > 0 ? [['     ', [`same: ${step.same.map(([field, value]) => `${field} ${value}`).join(' · ')}`, 'dim']]] : []
  if (step.alike)
    rest.push([
      '     ',
      [`${plural(step.alike, 'other cell')} ${step.changed.length > 0 ? 'changed' : 'will be asked'} for the same reason`, 'dim'],
    ])
  return [...body, ...write(rest, paper, 11)]
}

function changeLines({ field, before, after, place }: ExplainChange, names: number): Line[] {
  const [old, now] =
    before !== undefined && after !== undefined
      ? excerpts(before, after)
      : [before, after].map((text) => (text === undefined ? undefined : excerpts(text, '')[0]))
  const name = field.padEnd(names)
  const indent = ' '.repeat(name.length)
  const from: Line[] = place ? [[`     ${indent}  `, [`from ${placeText(place)}`, 'dim']]] : []
  return [
    [`     ${name}  `, old === undefined ? ['(was not there)', 'dim'] : [`- ${old}`, 'red']],
    [`     ${indent}  `, now === undefined ? ['(is gone)', 'dim'] : [`+ ${now}`, 'green']],
    ...from,
  ]
}
