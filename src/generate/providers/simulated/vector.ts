/** A made-up vector for a text: texts with the same words lie near each other, and nothing is known of what words mean. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../../schema/json.ts'
import { vectorText } from '../../../measure/vector.ts'
import { estimateTokens } from '../../tokens.ts'

const DIMENSIONS = 64

/** The body of a good answer to a request for an embedding. */
export function simulatedVector(body: JsonObject) {
  const text = String(body['input'] ?? '')
  const sum = new Float64Array(DIMENSIONS)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const digest = createHash('sha512').update(word).digest()
    for (let i = 0; i < DIMENSIONS; i++) sum[i] = (sum[i] as number) + ((digest[i] as number) - 127.5)
  }
  const tokens = estimateTokens(text)
  return {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: vectorText(Float32Array.from(sum)) }],
    model: 'simulated',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  } as const
}
