/** How far judges agree with people, where both have spoken of the same words. */
import type { JudgedCriterion } from '../config/dataset.ts'
import type { AgreementReport } from '../events/judges.ts'
import { agreementOf, kappaInterval } from '../measure/agreement.ts'
import { isJudged, type JudgedColumn, passes } from './judged-columns.ts'
import type { Work } from './work.ts'

type Pair = readonly [person: number, judge: number]

/** For whether rows pass, and for every criterion that people gave levels by; each example counts once. */
export function agreementsOf(work: Work, columns: readonly JudgedColumn[]): AgreementReport[] {
  const { reviews } = work
  const levels = reviews.levels
  const spoken = [...new Set([...reviews.examples, ...levels.keys()])]
  if (spoken.length === 0) return []
  const items = itemsBy(work, columns, spoken)
  const verdicts = spoken.flatMap((example): Pair[] => {
    const [item, ruling] = [items.get(example), reviews.ruling(example)]
    return item === undefined || !ruling ? [] : [[ruling.kind === 'accept' ? 1 : 0, passes(columns, item) ? 1 : 0]]
  })
  const criteria = columns.flatMap(({ criterion, codes }): AgreementReport[] => {
    const pairs = [...levels].flatMap(([example, people]): Pair[] => {
      const item = items.get(example)
      const given = people.flatMap((one) => placeOf(criterion, one.levels[criterion.id]) ?? []).sort((a, b) => a - b)
      // Of several people the middle one; of two in the middle the stricter.
      const middle = given[Math.floor((given.length - 1) / 2)]
      return item === undefined || middle === undefined ? [] : [[middle, merged(criterion, (codes[item] as number) - 1)]]
    })
    return pairs.length === 0 ? [] : [{ criterion: criterion.id, ...agreed(pairs, criterion.levels.length) }]
  })
  return [...(verdicts.length === 0 ? [] : [agreed(verdicts, 2)]), ...criteria]
}

function agreed(pairs: readonly Pair[], levels: number): Omit<AgreementReport, 'criterion'> {
  const weights = levels > 2 ? 'quadratic' : 'none'
  const { n, observed, kappa } = agreementOf(pairs, levels, weights)
  const plain = levels > 2 ? agreementOf(pairs, levels).kappa : undefined
  const interval = kappa === undefined ? undefined : kappaInterval(pairs, levels, weights)
  return {
    rows: n,
    observed,
    ...(kappa === undefined ? {} : { kappa }),
    ...(plain === undefined ? {} : { unweighted: plain }),
    ...interval,
  }
}

/** Place of a person's level on the criterion's scale; undefined where it has no such level. */
function placeOf(criterion: JudgedCriterion, level: number | string | undefined): number | undefined {
  const at = level === undefined ? -1 : criterion.levels.indexOf(String(level))
  return at < 0 ? undefined : merged(criterion, at)
}

/** Nobody has two orders but a judge: what depends on the order is no preference. */
function merged({ levels, swapped }: JudgedCriterion, place: number): number {
  return swapped !== undefined && levels[place] === 'unclear' ? levels.indexOf('tie') : place
}

const MARK_DIGITS = 8

/** The first judged item that says what each example says: one walk along two columns. */
function itemsBy(work: Work, columns: readonly JudgedColumn[], examples: readonly string[]): Map<string, number> {
  const { markHigh, markLow } = work.board
  const wanted = new Map<number, { readonly high: number; readonly example: string }[]>()
  for (const example of examples) {
    const [high, low] = [example.slice(0, MARK_DIGITS), example.slice(MARK_DIGITS, 2 * MARK_DIGITS)].map((hex) => Number.parseInt(hex, 16))
    wanted.set(low as number, [...(wanted.get(low as number) ?? []), { high: high as number, example }])
  }
  const found = new Map<string, number>()
  for (let item = 0; item < markLow.length; item++) {
    const met = wanted.get(markLow[item] as number)?.find(({ high }) => high === markHigh[item])
    if (met && !found.has(met.example) && isJudged(work, columns, item)) found.set(met.example, item)
  }
  return found
}
