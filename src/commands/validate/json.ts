/** Findings and files as lines of JSON, which a terminal cannot be made to obey. */
import { safeJson } from '../../util/safe-json.ts'
import { severityOf } from '../../validate/codes.ts'
import type { Found, Tally } from './tally.ts'

export function findingLine({ name, platform }: Tally, { code, place, path, message, hint, column }: Found): string {
  return safeJson({
    type: 'finding',
    file: name,
    for: platform.id,
    code,
    severity: severityOf(code),
    ...place,
    column,
    path,
    message,
    hint,
  })
}

/** After the findings of each file. */
export function fileLine({ name, platform, counts, errors, warnings, shapes, facts }: Tally): string {
  return safeJson({
    type: 'file',
    schema: 1,
    file: name,
    for: platform.id,
    good: errors === 0,
    rows: facts?.rows ?? 0,
    bytes: facts?.packedBytes ?? 0,
    layout: facts?.layout ?? null,
    packing: facts?.packing ?? 'none',
    shapes: Object.fromEntries(shapes),
    errors,
    warnings,
    codes: Object.fromEntries(counts),
  })
}
