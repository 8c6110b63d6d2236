/** What a call may cost at most, before it is made, and what it did cost. */
import { answerLimit } from '../config/answer-limit.ts'
import type { Usage } from '../events/event.ts'
import type { Completion, Rejection } from '../generate/envelope.ts'
import { type CostOptions, costOf, type KnownPrice, mostOf } from '../generate/price.ts'
import { estimateTokens, mostTokens } from '../generate/tokens.ts'
import type { TokenUsage } from '../generate/usage.ts'
import type { Wanted } from '../plan/resolve.ts'

/** The longest answer that providers document, thoughts included: what one may take that nothing bounds. */
const LONGEST_ANSWER_TOKENS = 131_072

// Tools and schemas are put into words by the server, with words of its own around them.
const WORDS_AROUND = 1_000

/** Tokens of the prompt, by its length, and the most the answer may take. */
export function sizeOf({ asked }: Wanted): { readonly input: number; readonly most: number | undefined } {
  const { request, text } = asked.identified
  // A vector is paid for by its text alone.
  if (request.kind === 'ask' && request.endpoint === 'embeddings') return { input: estimateTokens(text), most: 0 }
  return { input: estimateTokens(text), most: request.kind === 'ask' ? answerLimit(request.body) : undefined }
}

/** The most that the call can cost, whatever the server's encoding makes of the prompt and however long a model thinks. */
export function mostUsd(wanted: Wanted, price: KnownPrice, options: CostOptions = {}): number {
  return mostOf({ input: mostPrompt(wanted), output: sizeOf(wanted).most ?? longestAnswer(price) }, price, options)
}

/** The most tokens of an answer that nothing bounds. */
export function longestAnswer({ window = Number.POSITIVE_INFINITY }: KnownPrice): number {
  return Math.min(LONGEST_ANSWER_TOKENS, window)
}

/** The most that the prompt alone can cost. */
export function mostOfPrompt(wanted: Wanted, price: KnownPrice, options: CostOptions): number {
  return mostOf({ input: mostPrompt(wanted), output: 0 }, price, options)
}

function mostPrompt({ asked }: Wanted): number {
  const { request, text } = asked.identified
  const more = request.kind === 'ask' && (request.body['tools'] || request.body['response_format'])
  return mostTokens(text) + (more ? WORDS_AROUND : 0)
}

/** The provider's own numbers as they are told, at a price where one is known. */
export function usageOf(counted: TokenUsage, price: KnownPrice | undefined, estimated: boolean, options: CostOptions): Usage {
  const { input, output, cachedInput, cacheWrite, reasoning } = counted
  return {
    inputTokens: input,
    outputTokens: output,
    ...(cachedInput > 0 ? { cachedTokens: cachedInput } : {}),
    ...(cacheWrite ? { cacheWriteTokens: cacheWrite } : {}),
    ...(reasoning ? { reasoningTokens: reasoning } : {}),
    estimated,
    ...(price ? { usd: costOf(counted, price, options) } : {}),
  }
}

/** Without the provider's numbers an estimate, so that nothing is ever booked as free by omission. */
export function estimated(request: string, envelope: Completion | Rejection): TokenUsage {
  return { input: estimateTokens(request), output: estimateTokens(wordsOf(envelope)), cachedInput: 0 }
}

/** The most that an answer can have cost of which the provider told no numbers, when nothing was thought beside it. */
export function mostUnsaid(wanted: Wanted, envelope: Completion | Rejection, price: KnownPrice, options: CostOptions): number {
  return mostOf({ input: mostPrompt(wanted), output: mostTokens(wordsOf(envelope)) }, price, options)
}

function wordsOf(envelope: Completion | Rejection): string {
  if (envelope.kind === 'completion' && envelope.vector) return ''
  const calls = envelope.calls ? JSON.stringify(envelope.calls) : ''
  return calls + (envelope.kind === 'completion' ? envelope.content : (envelope.said ?? envelope.beside ?? ''))
}
