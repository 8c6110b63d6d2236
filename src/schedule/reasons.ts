/** Why a step will be asked: exactly one sentence for each call, made where the difference is known. */
import type { Dataset } from '../config/dataset.ts'
import { diffFields, type FieldChange } from '../key/explain.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import type { Item } from '../plan/plan.ts'
import type { Asked, Wanted } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import type { Work } from './work.ts'

export type Reason =
  | { readonly kind: 'new' }
  | { readonly kind: 'new-sample' }
  | {
      readonly kind: 'request-changed'
      readonly changes: readonly FieldChange[] /** Of the request's messages, in order. */
      readonly roles: readonly string[]
      readonly run: string
    }
  /** The same request was answered before, but this draw of it was not, or its answer is gone. */
  | { readonly kind: 'draw-missing' }
  | { readonly kind: 'rejected-before'; readonly code: string; readonly attempt: number }
  | { readonly kind: 'forced'; readonly epoch: number }

export function reasonFor(dataset: Dataset, item: Item, wanted: Wanted, store: Store): Reason {
  if (wanted.afterRejection !== undefined)
    return { kind: 'rejected-before', code: wanted.afterRejection, attempt: wanted.returns + wanted.draw.attempt + 1 }
  const name = cellName(dataset.dimensions, item.row)
  const last = store.lastRequest(name, stepSample(wanted.step, item.sample), wanted.step.name)
  if (!last) {
    const sibling = item.sample > 0 && store.lastRequest(name, 0, wanted.step.name)
    return sibling ? { kind: 'new-sample' } : { kind: 'new' }
  }
  if (last.request === wanted.asked.digest)
    return wanted.draw.epoch > 0 ? { kind: 'forced', epoch: wanted.draw.epoch } : { kind: 'draw-missing' }
  return {
    kind: 'request-changed',
    changes: diffFields(JSON.parse(last.text), wanted.asked.identified.request),
    roles: rolesOf(wanted.asked.identified),
    run: last.run,
  }
}

/** In a store that was empty nothing has a history, and looking for one would cost more than the rest of the call. */
export function whyAsked({ blank, dataset, store }: Work, item: Item, wanted: Wanted): Reason {
  if (blank && wanted.afterRejection === undefined) return { kind: 'new' }
  return reasonFor(dataset, item, wanted, store)
}

/** One line, the same for equal causes, so that a plan can group by it. */
export function reasonText(reason: Reason, step: string): string {
  switch (reason.kind) {
    case 'new':
      return 'new'
    case 'new-sample':
      return 'further sample'
    case 'request-changed':
      return `${[...new Set(reason.changes.map(({ field }) => fieldName(field, reason.roles)))].join(', ')} of step "${step}" changed`
    case 'draw-missing':
      return `the answer of step "${step}" is missing`
    case 'rejected-before':
      return `attempt ${reason.attempt} of step "${step}" after ${reason.code}`
    case 'forced':
      return `step "${step}" is asked again on purpose`
  }
}

/** `body.messages[0].content` is the system prompt in most requests, but only the request itself knows. */
function fieldName(field: string, roles: readonly string[]): string {
  if (field === 'body.instructions') return 'the system prompt'
  if (field.startsWith('body.text.format')) return 'the response format'
  const message = /^body\.(?:messages|input)\[(\d+)\]\.(?:content|role)$/.exec(field)
  if (message) {
    const role = roles[Number(message[1])]
    return role === 'system' ? 'the system prompt' : role === 'user' ? 'the prompt' : 'the conversation'
  }
  if (field === 'provider') return 'the server'
  return `the ${field
    .replace(/^body\./, '')
    .replace(/[.[].*$/, '')
    .replaceAll('_', ' ')}`
}

/** Of a request's messages, in order. */
export function rolesOf({ request }: Asked['identified']): string[] {
  const messages = request.kind === 'ask' ? (request.body['messages'] ?? request.body['input']) : []
  return Array.isArray(messages) ? messages.map((message) => String((message as { role?: unknown }).role)) : []
}
