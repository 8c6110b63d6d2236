/** The Embeddings API: directions in which equal texts are equal and texts that share words are near. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../schema/json.ts'
import type { Dialect } from './said.ts'

const DEFAULT_DIMENSIONS = 256
const MOST_DIMENSIONS = 4096

export const embeddings: Dialect = {
  read: (raw, body) => {
    const wanted = readTexts(body)
    if (typeof wanted === 'string') return wanted
    return {
      model: typeof body['model'] === 'string' ? body['model'] : 'test-embedding',
      raw,
      chat: {},
      stream: false,
      streamsUsage: false,
    }
  },
  voice: ({ raw }) => ({ content: null, finish: null, input: tokensOf(wantedOf(raw).texts), output: 0 }),
  whole: ({ model, input }, { raw }) => {
    const { texts, dimensions, base64 } = wantedOf(raw)
    const shaped = (vector: Float32Array) => (base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector])
    return {
      object: 'list',
      data: texts.map((text, index) => ({ object: 'embedding', index, embedding: shaped(vectorOf(text, dimensions)) })),
      model,
      usage: { prompt_tokens: input, total_tokens: input },
    }
  },
  events: () => [],
}

interface Wanted {
  readonly texts: readonly string[]
  readonly dimensions: number
  readonly base64: boolean
}

function readTexts(body: JsonObject): Wanted | string {
  const { input, dimensions = DEFAULT_DIMENSIONS } = body
  const texts = typeof input === 'string' ? [input] : input
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string' && text !== ''))
    return "'input' must be a text or a list of texts, none of them empty."
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS)
    return `'dimensions' must be a whole number from 1 to ${MOST_DIMENSIONS}.`
  return { texts: texts as string[], dimensions, base64: body['encoding_format'] === 'base64' }
}

/** Of a body that was read before. */
function wantedOf(raw: string): Wanted {
  return readTexts(JSON.parse(raw) as JsonObject) as Wanted
}

const tokensOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0)

/** The sum of the directions of its words, as long as 1: the cosine of two texts is the share of words they have in common, about. */
export function vectorOf(text: string, dimensions: number): Float32Array {
  const sum = new Float64Array(dimensions)
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]
  for (const word of words) addDirection(sum, word)
  const length = Math.hypot(...sum) || 1
  return Float32Array.from(sum, (part) => part / length)
}

/** Every word has a random direction of its own, drawn from its hash; in many dimensions two of them are all but square. */
function addDirection(sum: Float64Array, word: string): void {
  for (let at = 0; at < sum.length; ) {
    const bytes = createHash('sha256').update(`${at}\n${word}`).digest()
    for (const byte of bytes) {
      if (at === sum.length) break
      sum[at] = (sum[at] as number) + (byte - 127.5)
      at++
    }
  }
}
