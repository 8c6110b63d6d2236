/** A gap report for people, one line for each entry. */
import type { Gap, GapReport, LostCell } from './gaps.ts'
import type { ShareGap } from './shares.ts'

/** `expertise=expert × phrasing=command: 0 of 3` */
export function gapLine({ values, has, wants }: Gap): string {
  const names = Object.entries(values).map(([name, id]) => `${name}=${id}`)
  return `${names.join(' × ')}: ${has} of ${wants}`
}

/** `edge=boundary|error: 10 % of the rows, 20 % wanted, about 4 more` */
export function shareLine({ name, values, share, least, missing }: ShareGap): string {
  const percent = (part: number) => `${Number((part * 100).toFixed(2))} %`
  return `${name}=${values.join('|')}: ${percent(share)} of the rows, ${percent(least)} wanted, about ${missing} more`
}

/** `expertise=expert × topic=csv: rejected` */
export function lostLine({ cell, fate }: LostCell): string {
  return `${cell.split('&').map(decodeURIComponent).join(' × ')}: ${fate === 'duplicate' ? 'a duplicate' : fate}`
}

/** Worst first; the last line says how many were too many to list. */
export function gapLines({ gaps, shares, lost, more }: GapReport): string[] {
  const rest = more > 0 ? [`and about ${more} more`] : []
  return [...gaps.map(gapLine), ...shares.map(shareLine), ...lost.map(lostLine), ...rest]
}
