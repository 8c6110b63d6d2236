/** Where a draw of a row stands among a batch's items. */
import { indexIn } from './ascending.ts'

/** A batch's items as columns: rows ascending, each with one of `draws`, or else with the draws 0 … samples - 1. */
export interface Placed {
  readonly rows: Uint32Array
  readonly draws?: Uint16Array
  readonly first: number
}

/** Index of the item, or -1. */
export function placeOf({ rows, draws, first }: Placed, samples: number, row: number, draw: number): number {
  let cell = indexIn(rows, row)
  if (cell < 0) return -1
  if (!draws) return draw < samples ? first + cell * samples + draw : -1
  while (cell > 0 && rows[cell - 1] === row) cell--
  for (; rows[cell] === row; cell++) if (draws[cell] === draw) return first + cell
  return -1
}
