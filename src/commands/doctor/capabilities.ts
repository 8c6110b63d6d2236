/** What is known of how a server takes the fields that a config sends it, and what to do about those that it does not honour. */
import type { Dataset } from '../../config/dataset.ts'
import type { Finding, Verdict } from '../../generate/capability/finding.ts'
import { quirksOf } from '../../generate/capability/quirks.ts'
import { remedy } from '../../generate/capability/remedy.ts'
import type { Use } from '../../generate/capability/use.ts'
import type { Check, Level } from '../../report/doctor-text.ts'
import { list } from '../../report/format.ts'
import { type KnownOf, usesIn } from '../../schedule/capabilities.ts'

/** Those of one model; `name`: as the config calls it. */
export function capabilityChecks(dataset: Dataset, name: string, knownOf: KnownOf): Check[] {
  const uses = usesIn(dataset).filter(({ step }) => step.model.name === name)
  return uses.flatMap((use) => checksOf(use, knownOf, uses.length > 1))
}

function checksOf(use: Use, knownOf: KnownOf, several: boolean): Check[] {
  const known = knownOf(use)
  const seen = known?.findings ?? []
  const where = several ? ` (step ${use.step.name})` : ''
  // What an answer showed outweighs what is documented; that a field was accepted shows nothing.
  const quirks = quirksOf(use).filter(({ field }) => !seen.some((one) => one.field === field && one.verdict !== 'accepted'))
  const rest = seen.filter(({ field }) => !quirks.some((quirk) => quirk.field === field))
  return [
    ...quirks.map((quirk) => bad(use, quirk, where, 'warning', quirk.instead)),
    ...rest.filter(({ verdict }) => verdict === 'ignored').map((finding) => bad(use, finding, where, 'warning')),
    ...rest.filter(({ verdict }) => verdict === 'refused').map((finding) => bad(use, finding, where, 'problem')),
    ...good(use, rest, quirks, where, known?.time),
  ]
}

function bad({ step: { model } }: Use, { field, verdict, because }: Finding, where: string, level: Level, instead?: string): Check {
  const text = `it ${verdict === 'refused' ? 'refuses' : 'ignores'} \`${field}\`${where}${because === undefined ? '' : `: ${because}`}`
  return { id: `field:${field}`, level, text, fix: instead ?? remedy(model, field, verdict) }
}

function good({ fields }: Use, seen: readonly Finding[], quirks: readonly Finding[], where: string, time: string | undefined): Check[] {
  if (fields.length === 0) return [{ id: 'fields', level: 'ok', text: `it is sent nothing but the messages${where}` }]
  const of = (verdict: Verdict) => seen.filter((one) => one.verdict === verdict).map(({ field }) => `\`${field}\``)
  const [honoured, accepted] = [of('honoured'), of('accepted')]
  const open = fields.filter((field) => ![...seen, ...quirks].some((one) => one.field === field)).map((field) => `\`${field}\``)
  const parts = [honoured.length > 0 ? `honours ${list(honoured)}` : '', accepted.length > 0 ? `accepts ${list(accepted)}` : '']
  const said = parts.filter(Boolean).join('; it ')
  return [
    ...(said === ''
      ? []
      : [{ id: 'fields', level: 'ok', text: `it ${said}${where}${time ? `, seen on ${time.slice(0, 10)}` : ''}` } as const]),
    ...(open.length === 0 ? [] : [unknown(open, where)]),
  ]
}

function unknown(fields: readonly string[], where: string): Check {
  return {
    id: 'fields-unknown',
    level: 'ok',
    text: `whether it honours ${list(fields)}${where} is not known yet`,
    fix: '`datagen doctor --probe` asks; a large build finds out with its first call',
  }
}
