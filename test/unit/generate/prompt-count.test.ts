/** Prompts that a server did not read to the end, by what it says it read. */
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../schema/json.ts'
import { shortfall } from '../../../src/generate/prompt-count.ts'
import { countTokens } from '../../../src/generate/tokens.ts'

const LONG = 'The quick brown fox jumps over the lazy dog, and the dog does not mind. '.repeat(400)
const asking = (content: string): JsonObject => ({ model: 'm', messages: [{ role: 'user', content }] })
const usage = (input: number, cachedInput = 0) => ({ input, output: 5, cachedInput })

test('a third of the tokens is a cut prompt, and is said in numbers', async () => {
  const sent = await countTokens(LONG)
  expect(await shortfall(asking(LONG), usage(Math.floor(sent * 0.3)))).toEqual({ read: Math.floor(sent * 0.3), sent })
})

test('a tokenizer that needs half as many is believed, and so is one that needs more', async () => {
  const sent = await countTokens(LONG)
  expect(await shortfall(asking(LONG), usage(Math.ceil(sent / 2)))).toBeUndefined()
  expect(shortfall(asking(LONG), usage(3 * sent))).toBeUndefined()
})

test('what the server had cached counts as read', async () => {
  const sent = await countTokens(LONG)
  expect(await shortfall(asking(LONG), usage(10, sent - 10))).toBeUndefined()
})

test('a short prompt is never held against the server', () => {
  expect(shortfall(asking('What is a CSV file?'), usage(1))).toBeUndefined()
})

test('blanks that any tokenizer joins are no reason: what counts is our own count, not the length', async () => {
  const blanks = `${' '.repeat(20_000)}Why?`
  expect(await shortfall(asking(blanks), usage(60))).toBeUndefined()
})

test('texts are found in parts of messages and in the input of the Responses API, not in other fields', async () => {
  const parts: JsonObject = { messages: [{ role: 'user', content: [{ type: 'text', text: LONG }] }] }
  const input: JsonObject = { instructions: 'Be brief.', input: [{ role: 'user', content: LONG }] }
  const image: JsonObject = { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:${LONG}` } }] }] }
  expect((await shortfall(parts, usage(100)))?.read).toBe(100)
  expect((await shortfall(input, usage(100)))?.read).toBe(100)
  expect(shortfall(image, usage(100))).toBeUndefined()
})
