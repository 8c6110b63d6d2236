/** What a config relies on although the server does not honour it: by what is known of the server, and by what answers showed. */
import type { AskSpec, Dataset, ModelSpec } from '../config/dataset.ts'
import { LOCAL, SIMULATED } from '../config/providers.ts'
import type { Finding, Known } from '../generate/capability/finding.ts'
import { quirksOf } from '../generate/capability/quirks.ts'
import { remedy, writtenAt } from '../generate/capability/remedy.ts'
import { type Use, usesOf } from '../generate/capability/use.ts'
import type { Diagnostic, Place } from '../util/diagnostic.ts'

/** What earlier builds and probes found, by the id of the use. */
export type KnownOf = (use: Use) => Known | undefined

/** The dataset's uses of models that can be asked what they honour. */
export function usesIn({ recipe }: Dataset): Use[] {
  return usesOf(recipe.steps.filter((step): step is AskSpec => step.kind === 'ask' && isServer(step.model)))
}

/** A provider of datagen's own knows its fields: what it does not know is a problem of the config. */
export function isServer({ provider }: ModelSpec): boolean {
  return provider !== SIMULATED && provider !== LOCAL
}

/** What is not honoured, each field of a model once; what an answer showed outweighs what is said of the server. */
export function reliance(dataset: Dataset, knownOf: KnownOf): Diagnostic[] {
  const warnings = new Map<string, Diagnostic>()
  for (const use of usesIn(dataset)) {
    const seen = knownOf(use)?.findings ?? []
    for (const finding of [...seen, ...quirksOf(use).filter(({ field }) => !isShown(seen, field))]) {
      if (finding.verdict !== 'ignored' && finding.verdict !== 'refused') continue
      const name = `${use.step.model.name}\0${finding.field}`
      if (!warnings.has(name)) warnings.set(name, { ...unhonoured(use, finding, dataset.locate), severity: 'warning' })
    }
  }
  return [...warnings.values()]
}

/** Merely accepted is no proof against what the provider documents. */
function isShown(findings: readonly Finding[], field: string): boolean {
  return findings.some((finding) => finding.field === field && finding.verdict !== 'accepted')
}

/** A field that is ignored or refused, and what to do about it. */
export function unhonoured(
  { step: { model } }: Use,
  { field, verdict, because, ...rest }: Finding & { readonly instead?: string },
  locate?: Dataset['locate'],
): Diagnostic {
  const refused = verdict === 'refused'
  const place: Place | undefined = locate?.(writtenAt(model, field))
  return {
    code: refused ? 'provider/refused-field' : 'provider/ignored-field',
    severity: refused ? 'error' : 'warning',
    headline: `${model.provider}:${model.model} ${refused ? 'refuses' : 'ignores'} \`${field}\``,
    ...(place ? { place } : {}),
    ...(because === undefined ? {} : { facts: [[refused ? 'it says' : 'seen', because]] }),
    hint: rest.instead ?? remedy(model, field, verdict),
  }
}
