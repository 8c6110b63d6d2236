/** Lines of an exported store: exact there and back, and nothing they claim is believed. */
import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from '../../../src/key/canonical.ts'
import { keyOf } from '../../../src/key/key.ts'
import { BadLine, lineText, readHeader, readLine } from '../../../src/store/care/line.ts'
import { type ReadLine, readLines } from '../../../src/store/care/read-lines.ts'
import type { Digest } from '../../../src/util/brand.ts'
import { answer, requestOf } from './care-answers.ts'

const lineOf = (changes: Parameters<typeof answer>[1] = {}) => lineText({ kind: 'answer', response: answer(1, changes), spare: false })
const changed = (change: (line: Record<string, unknown>) => void) => {
  const line = JSON.parse(lineOf())
  change(line)
  return JSON.stringify(line)
}

describe('a line', () => {
  it('gives back every answer exactly, text or not', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 50 }).map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(
        bytes,
        fc.nat(),
        fc.nat(),
        fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
        fc.boolean(),
        (raw, ordinal, tokens, usd, spare) => {
          const response = answer(1, {
            raw,
            ordinal,
            inputTokens: tokens,
            usd: usd === null ? null : Math.abs(usd),
            model: '\u{1f600}\ufeff',
          })
          const text = lineText({ kind: 'answer', response, spare })
          expect(text).not.toContain('\n')
          const line = readLine(text)
          expect(line).toEqual({ kind: 'answer', spare, response: { ...response, raw: Buffer.from(raw) } })
          expect(lineText(line)).toBe(text)
        },
      ),
    )
  })

  it('names itself: key, draw, request and answer can be read without the store', () => {
    expect(JSON.parse(lineOf({ attempt: 2, raw: Buffer.from([0xff, 0]) }))).toEqual({
      key: keyOf(requestOf(1).digest, { ordinal: 0, attempt: 2, epoch: 0 }),
      draw: { ordinal: 0, attempt: 2, epoch: 0 },
      step: 'user',
      cell: 'ab'.repeat(16),
      sample: 0,
      model: 'model-é-1',
      inputTokens: 10,
      outputTokens: 20,
      usd: 0.25,
      estimated: false,
      ms: 12.5,
      run: 'run-1',
      sha256: hash('sha256', Buffer.from([0xff, 0])),
      base64: '/wA=',
      request: requestOf(1).text,
    })
  })

  it.each<[string, string, RegExp]>([
    ['that is no JSON', '{', /not JSON/],
    ['that is a list', '[]', /not an object/],
    ['with a changed answer', changed((line) => Object.assign(line, { raw: '{"answer":2}' })), /SHA-256/],
    ['with a changed draw', changed((line) => Object.assign(line, { draw: { ordinal: 1, attempt: 0, epoch: 0 } })), /its key is not/],
    ['with another request', changed((line) => Object.assign(line, { request: requestOf(2).text })), /its key is not/],
    ['with blanks in its request', changed((line) => Object.assign(line, { request: requestOf(1).text.replace(':', ': ') })), /canonical/],
    ['with a request of no kind', changed((line) => Object.assign(line, { request: '{"a":1}' })), /canonical/],
    [
      'with a request deeper than any',
      changed((line) => Object.assign(line, { request: `{"body":${'['.repeat(5000)}${']'.repeat(5000)},"kind":"ask"}` })),
      /canonical/,
    ],
    ['with a foreign field', changed((line) => Object.assign(line, { extra: 1 })), /"extra" that is not known/],
    ['with a prototype', `{"__proto__":{"spare":true},${lineOf().slice(1)}`, /"__proto__" that is not known/],
    ['with a foreign field in its draw', changed((line) => Object.assign(line.draw as object, { toString: 1 })), /"toString"/],
    ['with both kinds of bytes', changed((line) => Object.assign(line, { base64: '' })), /exactly one/],
    ['with neither', changed((line) => delete line.raw), /exactly one/],
    ['with loose base64', lineOf({ raw: Buffer.from([0xff]) }).replace('"/w=="', '"/w="'), /not base64/],
    ['with half a surrogate pair', lineOf().replace('"model-é-1"', '"\\ud800"'), /"model" is not a text/],
    ['with a NUL in a name', lineOf().replace('"model-é-1"', '"a\\u0000"'), /would change/],
    ['with a name of a million characters', changed((line) => Object.assign(line, { step: 'x'.repeat(1e6) })), /longer than/],
    ['with a negative price', changed((line) => Object.assign(line, { usd: -1 })), /"usd"/],
    ['with a price beyond numbers', lineOf().replace('"usd":0.25', '"usd":1e999'), /"usd"/],
    ['with a price left out', changed((line) => delete line.usd), /"usd"/],
    ['with half a token', changed((line) => Object.assign(line, { inputTokens: 0.5 })), /"inputTokens"/],
    ['with more tokens than fit', changed((line) => Object.assign(line, { inputTokens: 2 ** 48 })), /"inputTokens"/],
    ['with a sample beyond 32 bits', changed((line) => Object.assign(line, { sample: 2 ** 32 })), /"sample"/],
    ['with a spare that is false', changed((line) => Object.assign(line, { spare: false })), /"spare"/],
    ['of an epoch nobody reaches', `{"request":"${requestOf(1).digest}","ordinal":0,"epoch":1000000000}`, /"epoch"/],
    ['of an epoch without a request', '{"request":"x","ordinal":0,"epoch":1}', /SHA-256 in hex/],
  ])('%s is refused', (_, text, why) => {
    expect(() => readLine(text)).toThrow(why)
    expect(() => readLine(text)).toThrow(BadLine)
    expect(Object.prototype).not.toHaveProperty('spare')
  })

  it('an epoch is exact, too', () => {
    const line = { kind: 'epoch', request: requestOf(1).digest as Digest, ordinal: 3, epoch: 2 } as const
    expect(readLine(lineText(line))).toEqual(line)
  })

  it('a request that names itself a prototype is data like any other', () => {
    const text = canonicalText(JSON.parse('{"kind":"ask","provider":"p","body":{"__proto__":{"spare":true}}}'))
    const { requestText } = answer(1, { requestText: text })
    expect(requestText).toBe(text)
    expect(() => readLine(lineText({ kind: 'answer', spare: false, response: answer(1, { requestText: text }) }))).toThrow(/its key is not/)
  })

  it.each([
    ['', 'foreign'],
    ['{}', 'foreign'],
    ['{"datagen":"answers","format":2,"keyFormat":1}', 'newer'],
    ['{"datagen":"answers","format":1,"keyFormat":2}', 'newer'],
    ['{"datagen":"answers","format":1,"keyFormat":1}', 'ours'],
    ['{"__proto__":{"datagen":"answers","format":1,"keyFormat":1}}', 'foreign'],
  ])('header %s: %s', (text, kind) => expect(readHeader(text)).toBe(kind))
})

async function all(chunks: readonly Uint8Array[], longest = 1000): Promise<ReadLine[]> {
  const lines: ReadLine[] = []
  for await (const line of readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), longest)) lines.push(line)
  return lines
}

describe('reading lines', () => {
  it('finds the same lines however the bytes arrive, compressed or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 30 })), fc.nat(9), fc.nat(3), async (texts, size, frames) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '))
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        // Exports put one behind the other are frames in one file.
        const cut = (part: number) => Math.floor((bytes.length * part) / frames)
        const sent =
          frames === 0
            ? bytes
            : Buffer.concat(Array.from({ length: frames }, (_, i) => zstdCompressSync(bytes.subarray(cut(i), cut(i + 1)))))
        const chunks = Array.from({ length: Math.ceil(sent.length / (size + 1)) }, (_, i) =>
          sent.subarray(i * (size + 1), (i + 1) * (size + 1)),
        )
        const wanted = lines.flatMap((text, i) => (text === '' ? [] : [{ number: i + 1, text }]))
        expect(await all(chunks)).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })

  it('drops a line that is too long and goes on with the next', async () => {
    const lines = await all([Buffer.from(`a\n${'b'.repeat(600)}`), Buffer.from(`${'b'.repeat(600)}\n${'c'.repeat(1000)}\n`)])
    expect(lines).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: undefined, why: 'it is longer than 1000 bytes' },
      { number: 3, text: 'c'.repeat(1000) },
    ])
  })

  it('names a line that is not UTF-8, and takes a last line without an end', async () => {
    expect(await all([Buffer.from([0xff, 0x0a]), Buffer.from('end')])).toEqual([
      { number: 1, text: undefined, why: 'it is not UTF-8' },
      { number: 2, text: 'end' },
    ])
  })

  it('says where a compressed file breaks off', async () => {
    const bytes = zstdCompressSync(Buffer.from(`${'x'.repeat(500)}\n`.repeat(2000)))
    const lines = await all([bytes.subarray(0, bytes.length - 5)])
    expect(lines.at(-1)).toMatchObject({ text: undefined, why: expect.stringMatching(/^the file cannot be read further/) })
  })
})
