/** What comes of buying an answer, and for whom it is bought. */
import type { Answer } from '../plan/resolve.ts'

/** For whom an answer is bought that belongs to no item. */
export interface Customer {
  /** For people. */
  readonly label: string
  /** What stands for it in the store. */
  readonly cell: string
  readonly reason: string
}

export type Bought =
  /**
   * The answer is kept; what it says is for the ladder to find out. `answer` is what was read of it, unless the store holds
   * another one for its key.
   */
  | { readonly kind: 'kept'; readonly answer?: Answer }
  /** Another build has asked the same meanwhile, and its answer is kept. */
  | { readonly kind: 'found' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** Nothing was asked, or the asking was cut off: the item stays pending. */
  | { readonly kind: 'stopped' }
  /** Another build is asking the same: its answer will be there, or the claim will be free, before long. */
  | { readonly kind: 'held' }
  /** A batch job asks, or will: its answer comes in hours. `handed`: for this item, in this run. */
  | { readonly kind: 'waits'; readonly handed: boolean }
