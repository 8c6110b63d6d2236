/** Self-repetition: how much of a row's phrasing other rows have too (Salkar et al. 2022, as computed in cshaib/diversity). */
import type { Documents } from './documents.ts'
import { GrowingU32 } from './growing.ts'
import { keyOfNgram, ngramsIn } from './ngram.ts'
import { PairTable } from './pair-table.ts'

/** Mean over rows of ln(1 + Σ df(g) − |G|) over the row's different n-grams; the documents hold pieces between white space, case kept. */
export function selfRepetition(documents: Documents, n = 4): number {
  const table = new PairTable()
  const rows = new GrowingU32()
  const last = new GrowingU32()
  const key = { high: 0, low: 0 }
  const eachOnce = (row: number, seen: (index: number) => void) => {
    const words = documents.at(row)
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      const index = table.add(key.high, key.low)
      if (index === rows.length) {
        rows.push(0)
        last.push(0)
      }
      if (last.at(index) === row + 1) continue
      last.set(index, row + 1)
      seen(index)
    }
  }
  for (let row = 0; row < documents.length; row++) eachOnce(row, (index) => rows.add(index, 1))
  last.values.fill(0)
  let sum = 0
  for (let row = 0; row < documents.length; row++) {
    let others = 0
    eachOnce(row, (index) => {
      others += rows.at(index) - 1
    })
    sum += Math.log(1 + others)
  }
  return documents.length === 0 ? 0 : sum / documents.length
}
