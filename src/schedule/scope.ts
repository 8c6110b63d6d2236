/** What a command line asked for. The whole dataset is planned and looked at in any case; only this is asked and written. */
import type { Item } from '../plan/plan.ts'

export interface Scope {
  readonly item: (item: Item) => boolean
  /** By name. */
  readonly output: (name: string) => boolean
}

export const EVERYTHING: Scope = { item: () => true, output: () => true }
