/** What a well-known server is known to do with fields that a step sends it: told before anything is asked. */
import type { Json } from '../../../schema/json.ts'
import { PROVIDERS, type Quirk } from '../../config/providers.ts'
import type { Finding } from './finding.ts'
import type { Use } from './use.ts'

export interface QuirkFinding extends Finding {
  readonly verdict: 'ignored' | 'refused'
  readonly instead?: string
}

export function quirksOf({ step, fields }: Use): QuirkFinding[] {
  const { model } = step
  // What is known is known of chat completions.
  if (model.api === 'responses') return []
  const quirks = PROVIDERS[model.provider]?.quirks ?? []
  return fields.flatMap((field): QuirkFinding[] => {
    const value = field === 'response_format' ? model.structured : model.params[field]
    const quirk = quirks.find((one) => one.fields.includes(field) && applies(one, value))
    if (!quirk) return []
    const verdict = quirk.does === 'ignores' ? 'ignored' : 'refused'
    return [
      { field, verdict, because: `as ${model.provider} documents it`, ...(quirk.instead === undefined ? {} : { instead: quirk.instead }) },
    ]
  })
}

function applies({ values, above }: Quirk, value: Json | undefined): boolean {
  if (values) return values.some((one) => one === value)
  return above === undefined || (typeof value === 'number' && value > above)
}
