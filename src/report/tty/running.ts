/** The calls in flight that have run longest, each in the row it has had. */
import { width } from '../../util/safe-text.ts'
import { age } from '../format.ts'
import { cell, type Line, type Style } from '../line.ts'
import type { Running, State } from '../state.ts'

const SHOW_AGE_MS = 2_000 // a young call's age is noise
const SOON_MS = 1_000 // a shorter wait is over before it is read
const SLOW_MS = 20_000 // long answers of reasoning models take this long
const STUCK_MS = 60_000
const MEDIUM = 60 // columns from which a row also says which step it is and why it is asked again
const WIDE = 100 // and from which also the model

export interface CallRows {
  readonly lines: readonly Line[]
  readonly shown: readonly (number | undefined)[]
  /** Calls for which there was no row. */
  readonly hidden: number
}

/** A finished call's row is taken by the oldest call that has none; no other row moves. */
export function callRows(
  state: State,
  before: readonly (number | undefined)[],
  screen: { readonly columns: number; readonly now: number },
  rows: number,
): CallRows {
  const shown = seat(state.running, before, rows)
  const calls = shown.map((id) => (id === undefined ? undefined : state.running.get(id)))
  const present = calls.filter((call) => call !== undefined)
  const { columns } = screen
  const makerOf = ({ step, model }: Running['start']) => (columns >= WIDE ? `${step} · ${model}` : step)
  const name = Math.min(
    columns >= MEDIUM ? Math.floor(columns * 0.4) : columns - 11,
    Math.max(0, ...present.map(({ start }) => width(start.cell))),
  )
  const makers =
    columns >= MEDIUM ? Math.min(Math.floor(columns * 0.3), Math.max(0, ...present.map(({ start }) => width(makerOf(start))))) : 0
  const lines = calls.map((call): Line => {
    if (!call) return []
    const ms = screen.now - call.start.at
    const style: Style[] = ms >= STUCK_MS ? ['red'] : ms >= SLOW_MS ? ['yellow'] : []
    const maker: Line = makers > 0 ? ['  ', cell([makerOf(call.start), 'dim'], makers)] : []
    const time: Line = ['  ', [(ms >= SHOW_AGE_MS ? age(ms) : '').padStart(5), ...style]]
    const note: Line = columns >= MEDIUM ? ['  ', [noteOf(call, screen.now), 'yellow']] : []
    return [' ', ['●', ...(style.length > 0 ? style : (['cyan'] as const))], ' ', cell(call.start.cell, name), ...maker, ...time, ...note]
  })
  return { lines, shown, hidden: state.running.size - present.length }
}

function seat(running: ReadonlyMap<number, Running>, before: readonly (number | undefined)[], rows: number): (number | undefined)[] {
  const seats = Array.from({ length: rows }, (_, i) => (before[i] !== undefined && running.has(before[i]) ? before[i] : undefined))
  const seated = new Set(seats)
  const free = seats.flatMap((id, i) => (id === undefined ? [i] : []))
  // Calls are in the order in which they began, so this looks at few of them.
  for (const id of running.keys()) {
    if (free.length === 0) break
    if (!seated.has(id)) seats[free.shift() as number] = id
  }
  return seats
}

function noteOf({ start, retries, note, until = 0 }: Running, now: number): string {
  if (retries > 0) return `retry ${retries}${until - now >= SOON_MS ? ` in ${age(until - now)}` : ''}: ${note}`
  if (start.attempt === 1) return ''
  // The step has a column of its own.
  const why = note.replace(` of step "${start.step}"`, '')
  return why.startsWith('attempt') ? why : `attempt ${start.attempt}: ${why}`
}
