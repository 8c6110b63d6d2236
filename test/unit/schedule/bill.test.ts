import { expect, test } from 'vitest'
import { readEnvelope } from '../../../src/generate/envelope.ts'
import { estimated } from '../../../src/schedule/bill.ts'

test('what an answer took that was cut off, and whose server counts nothing, is estimated from its words', () => {
  const content = 'word '.repeat(100)
  const envelope = readEnvelope(Buffer.from(JSON.stringify({ choices: [{ finish_reason: 'length', message: { content } }] })))
  if (envelope.kind !== 'rejected') throw new Error(envelope.kind)
  expect(estimated('a question', envelope).output).toBeGreaterThanOrEqual(100)
})
