/** One of several by the hash of a cell: the same for the same cell for ever, and adding one moves only the cells that it wins. */
import { hash } from 'node:crypto'
import type { StepContext } from '../../schema/config.ts'

export interface Choice {
  readonly id: string
  readonly weight?: number
}

/** Weighted rendezvous hashing. `purpose` keeps choices of different kinds apart. `choices` is not empty. */
export function chooseFor<C extends Choice>(choices: readonly C[], { cell, sample }: StepContext, purpose: string): C {
  const place = JSON.stringify([purpose, Object.entries(cell).sort(([a], [b]) => (a < b ? -1 : 1)), sample])
  let best: C | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const choice of choices) {
    const weight = choice.weight ?? 1
    if (weight <= 0) continue
    const luck = (Number.parseInt(hash('sha256', `datagen-choice\n${place}\n${choice.id}`).slice(0, 12), 16) + 0.5) / 2 ** 48
    const score = weight / -Math.log(luck)
    if (score > most) [best, most] = [choice, score]
  }
  return best ?? (choices[0] as C)
}
