/** The shapes of conversations: turns with their intents, where a pattern forks, and which branch a cell takes. */
import type { Pattern, Turn, TurnAlternative } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { BranchSpec, CellValues } from './dataset.ts'
import { sha256 } from './digest.ts'
import type { ConfigPath } from './locate.ts'
import { checkName } from './names.ts'
import { presetNames, readPreset } from './presets.ts'

/** A turn as a cell has it. */
export interface TurnSpec {
  readonly id: string
  readonly by: 'user' | 'assistant'
  /** What whoever speaks is told to do in it. */
  readonly intent: (cell: CellValues) => string
}

export interface PatternSpec {
  readonly turns: readonly TurnSpec[]
  readonly branches: readonly BranchSpec[]
}

/** Undefined after a complaint. */
export function patternSpec(given: string | Pattern, path: ConfigPath, complaints: Complaints): PatternSpec | undefined {
  if (typeof given === 'string') {
    const known = presetNames('patterns')
    if (!known.includes(given))
      return complaints.unknown('unknown-preset', path, `there is no pattern ${JSON.stringify(given)}`, given, known, 'patterns')
  }
  const { turns } = typeof given === 'string' ? readPreset('patterns', given) : given
  const before = complaints.list.length
  checkTurns(turns, path, complaints)
  if (complaints.list.length > before) return undefined
  const branches: Fork[] = []
  const specs = turns.map((turn): TurnSpec => {
    const { id, by, intent, alternatives } = turn
    if (alternatives === undefined) return { id, by, intent: () => intent ?? '' }
    const fork = new Fork(id, alternatives, [...branches])
    branches.push(fork)
    return { id, by, intent: (cell) => fork.alternative(cell).intent }
  })
  return { turns: specs, branches }
}

/** A turn that can go several ways. */
class Fork implements BranchSpec {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  readonly #alternatives: readonly TurnAlternative[]
  readonly #earlier: readonly Fork[]

  constructor(name: string, alternatives: readonly TurnAlternative[], earlier: readonly Fork[]) {
    this.name = name
    this.values = alternatives.map(({ id, weight = 1 }) => ({ id, weight }))
    this.#alternatives = alternatives
    this.#earlier = earlier
  }

  of = (cell: CellValues): string => this.alternative(cell).id

  /**
   * Weighted rendezvous hashing over the alternatives that what came before leaves open: whoever has the smallest -ln(u)/w
   * gets the cell, so another weight moves only the cells that go to that alternative or leave it.
   */
  alternative(cell: CellValues, coordinates = spelt(cell)): TurnAlternative {
    const taken = (fork: string) => this.#earlier.find(({ name }) => name === fork)?.alternative(cell, coordinates).id
    const open = this.#alternatives.filter((one) => isOpen(one, taken))
    const scores = open.map(({ id, weight = 1 }) => -Math.log(fraction(coordinates, this.name, id)) / weight)
    const chosen = open[scores.indexOf(Math.min(...scores))]
    if (!chosen) throw new Error(`datagen bug: the turn "${this.name}" goes no way`)
    return chosen
  }
}

function isOpen({ when = {}, weight = 1 }: TurnAlternative, taken: (turn: string) => string | undefined): boolean {
  return weight > 0 && Object.entries(when).every(([turn, ids]) => [ids].flat().includes(taken(turn) ?? ''))
}

/** A cell's coordinates as text, whatever the order of its dimensions. */
function spelt(cell: CellValues): string {
  return JSON.stringify(
    Object.keys(cell)
      .sort()
      .map((name) => [name, cell[name]]),
  )
}

/** More than 0 and less than 1. */
function fraction(coordinates: string, turn: string, alternative: string): number {
  const digest = sha256(`[${coordinates},${JSON.stringify(turn)},${JSON.stringify(alternative)}]`)
  return (Number.parseInt(digest.slice(0, 12), 16) + 0.5) / 2 ** 48
}

function checkTurns(turns: readonly Turn[], path: ConfigPath, complaints: Complaints): void {
  const at = (...rest: (string | number)[]) => [...path, 'turns', ...rest]
  for (const [i, { id, by, intent, alternatives }] of turns.entries()) {
    checkName('turn', id, at(i, 'id'), complaints)
    if (turns.findIndex((other) => other.id === id) < i) complaints.add('duplicate-name', at(i, 'id'), `two turns are called "${id}"`)
    const expected = i % 2 === 0 ? 'user' : 'assistant'
    if (by !== expected)
      complaints.add(
        'bad-pattern',
        at(i, 'by'),
        `turn ${i + 1} ("${id}") must be the ${expected}'s: the two sides take turns, and the user begins`,
      )
    if ((intent === undefined) === (alternatives === undefined))
      complaints.add(
        'bad-pattern',
        at(i),
        `turn "${id}" needs ${intent === undefined ? '' : 'either '}an intent or alternatives${intent === undefined ? '' : ', not both'}`,
      )
    checkAlternatives(turns, i, at(i, 'alternatives'), complaints)
  }
  if (turns.length % 2 === 1)
    complaints.add('bad-pattern', at(turns.length - 1), "the last turn must be the assistant's", {
      hint: 'a conversation that is trained on ends with an answer',
    })
}

function checkAlternatives(turns: readonly Turn[], i: number, path: ConfigPath, complaints: Complaints): void {
  const { id, alternatives = [] } = turns[i] as Turn
  const earlier = turns.slice(0, i).filter((turn) => turn.alternatives !== undefined)
  for (const [a, alternative] of alternatives.entries()) {
    checkName('alternative', alternative.id, [...path, a, 'id'], complaints)
    if (alternatives.findIndex((other) => other.id === alternative.id) < a)
      complaints.add('duplicate-name', [...path, a, 'id'], `two alternatives of turn "${id}" are called "${alternative.id}"`)
    for (const [turn, ids] of Object.entries(alternative.when ?? {})) {
      const known = earlier.find((other) => other.id === turn)
      if (!known) {
        const names = earlier.map((other) => other.id)
        complaints.unknown(
          'unknown-turn',
          [...path, a, 'when', turn],
          `no turn "${turn}" with alternatives comes before "${id}"`,
          turn,
          names,
          'turns',
          'key',
        )
        continue
      }
      const choices = known.alternatives?.map((other) => other.id) ?? []
      for (const one of [ids].flat())
        if (!choices.includes(one))
          complaints.unknown(
            'unknown-alternative',
            [...path, a, 'when', turn],
            `turn "${turn}" has no alternative "${one}"`,
            one,
            choices,
            'alternatives',
          )
    }
  }
  const stuck = alternatives.length === 0 ? undefined : deadEnd(earlier, alternatives)
  if (stuck)
    complaints.add('bad-pattern', path, `turn "${id}" goes no way after ${stuck}`, {
      hint: 'give one of its alternatives no `when`, and a weight',
    })
}

/** A choice of earlier alternatives after which none is open. */
function deadEnd(earlier: readonly Turn[], alternatives: readonly TurnAlternative[]): string | undefined {
  let ways: ReadonlyMap<string, string>[] = [new Map()]
  for (const { id, alternatives: choices = [] } of earlier)
    ways = ways.flatMap((way) => choices.filter((one) => isOpen(one, (turn) => way.get(turn))).map((one) => new Map(way).set(id, one.id)))
  const stuck = ways.find((way) => !alternatives.some((one) => isOpen(one, (turn) => way.get(turn))))
  return stuck && ([...stuck].map(([turn, id]) => `"${turn}: ${id}"`).join(' and ') || 'any other')
}
