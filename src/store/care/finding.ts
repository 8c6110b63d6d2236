/** What is wrong in a store, and what can be done about it. */
import type { Table } from './walk.ts'

export type Repair =
  /** The row goes to the damaged ones, so that its key can be bought again. */
  | { readonly by: 'set-aside'; readonly table: Table; readonly id: number }
  /** The columns that lead to the row are made anew from its record. */
  | { readonly by: 'lead'; readonly table: 'response' | 'spare'; readonly id: number }
  | { readonly by: 'reindex' | 'recount' | 'renumber' }
  /** Nothing can be done within this file. */
  | { readonly by: 'none' }

export interface Finding {
  readonly what: 'file' | 'page' | 'index' | 'answer' | 'spare' | 'request' | 'totals' | 'numbering' | 'rescue'
  /** 64 hex digits, or as many as are known. */
  readonly key?: string
  /** `response 12`, `page 5 of table "response"`. */
  readonly where: string
  readonly why: string
  readonly repair: Repair
}

export const NO_REPAIR: Repair = { by: 'none' }
