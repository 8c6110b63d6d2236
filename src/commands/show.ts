/** `datagen show <what> [cell]`: what would be sent, what came back, what became of it. */

import { coordinates } from '../plan/cells.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import { STATE } from '../schedule/board.ts'
import { timesRedone } from '../schedule/redone-draws.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { safeText } from '../util/safe-text.ts'
import { suggest } from '../util/suggest.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { itemPredicate, itemsNamed } from './narrow.ts'
import { reading } from './session.ts'
import { showGaps } from './show-gaps.ts'

const STATE_WORDS = ['to ask', 'accepted', 'accepted', 'rejected', 'failed'] as const

type Printer = (work: Work, item: Item) => unknown

const PRINTERS: { readonly [what: string]: Printer } = {
  request: (work, item) => steps(work, item, (trail) => trail.request),
  response: (work, item) => steps(work, item, (trail) => trail.response),
  example: (work, item) => {
    const pin = work.pins.get(item.index)
    if (pin) return pin.edit.edited
    const resolution = work.resolve(item)
    return resolution.kind === 'example'
      ? resolution.example
      : { state: resolution.kind === 'wanted' ? `step "${resolution.step.name}" has no answer yet` : resolution.message }
  },
  cell: (work, item) => ({
    cell: Object.fromEntries(coordinates(work.plan.dimensions, item.row).map(({ name, id, guide }) => [name, { id, guide }])),
    sample: item.sample,
    ...askedAgain(work, item),
  }),
}

const WHAT = ['cells', 'gaps', ...Object.keys(PRINTERS)]

export async function showCommand(environment: Environment, flags: Flags, what: string, cell: string | undefined): Promise<ExitCode> {
  const printer = Object.hasOwn(PRINTERS, what) ? PRINTERS[what] : undefined
  if (!WHAT.includes(what)) throw unknownWhat(what)
  await reading(environment, flags, async (work, loaded) => {
    const { stdout } = environment
    await blamingConfig(loaded, async () => {
      const print = (line: string) => stdout.write(`${line}\n`)
      if (what === 'gaps') return showGaps(work, cell, flags.json === true, print)
      if (!printer) return showCells(work, cell, flags.json === true, print)
      const items = cell === undefined ? [work.item(0)] : itemsNamed(work.plan, cell)
      for (const item of items) stdout.write(`${safeJson(printer(work, item), flags.json ? undefined : 2)}\n`)
    })
  })
  return EXIT.ok
}

function showCells(work: Work, selector: string | undefined, json: boolean, print: (line: string) => void): void {
  surveyAll(work)
  const wanted = selector === undefined ? () => true : itemPredicate(work.plan, selector)
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (!wanted(item)) continue
      const state = work.waits[item.index] === 1 ? 'waiting' : (STATE_WORDS[work.board.state[item.index] ?? STATE.pending] as string)
      const problem = work.board.problem(item.index)
      const cell = Object.fromEntries(coordinates(work.plan.dimensions, item.row).map(({ name, id }) => [name, id]))
      if (json) print(safeJson({ batch: batch.spec.name, cell, sample: item.sample, state, ...problem }))
      else print(safeText(`${state.padEnd(9)} ${work.label(item)}${problem ? `   ${problem.code}: ${problem.message}` : ''}`))
    }
  }
}

interface Trail {
  readonly request: unknown
  readonly response: unknown
}

/** Requests and responses of an item's steps, as far as they are known. */
function steps(work: Work, item: Item, pick: (trail: Trail) => unknown): unknown {
  const trails = work.trail(item)
  return Object.fromEntries(
    trails.map(({ step, identified, raw }) => [
      step,
      pick({
        request: identified.request.kind === 'ask' ? identified.request.body : identified.request,
        response: raw === undefined ? null : readable(raw),
      }),
    ]),
  )
}

/** How often each step was asked for anew on purpose; nothing where none was. */
function askedAgain(work: Work, item: Item): { askedAgain?: Record<string, number> } {
  const times = work.trail(item).map((seen) => [seen.step, timesRedone(work, item, seen)] as const)
  const again = times.filter(([, count]) => count > 0)
  return again.length > 0 ? { askedAgain: Object.fromEntries(again) } : {}
}

function readable(raw: Uint8Array): unknown {
  const text = new TextDecoder().decode(raw)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function unknownWhat(what: string): DatagenError {
  const suggestion = suggest(what, WHAT)
  return new DatagenError({
    code: 'usage/unknown-view',
    severity: 'error',
    headline: `datagen cannot show "${what}"`,
    facts: [['known', WHAT.join(', ')]],
    hint: suggestion ? `did you mean "${suggestion}"?` : '`datagen show cells` lists every cell',
  })
}
