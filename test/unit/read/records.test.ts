import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type FileFacts, noFacts, type RawRecord, readRecords } from '../../../src/read/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'datagen-read-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(bytes: Buffer | Readable | string, longest?: number): Promise<{ records: RawRecord[]; facts: FileFacts }> {
  const facts = noFacts()
  const stream = bytes instanceof Readable ? bytes : Readable.from([Buffer.from(bytes as Buffer)])
  const records: RawRecord[] = []
  const options = longest === undefined ? {} : { longest }
  for await (const record of readRecords({ kind: 'stream', name: '-', stream }, facts, options)) records.push(record)
  return { records, facts }
}

const values = (records: readonly RawRecord[]) => records.map((record) => (record.kind === 'value' ? record.value : record.fault.code))
const two = '{"a":1}\n{"a":2}\n'

describe('records', () => {
  it.each([
    ['plain', Buffer.from(two), 'none'],
    ['gzip', gzipSync(two), 'gzip'],
    ['gzip of several members', Buffer.concat([gzipSync('{"a":1}'), gzipSync('\n{"a"'), gzipSync(':2}\n')]), 'gzip'],
    ['zstd', zstdCompressSync(two), 'zstd'],
    ['zstd of several frames', Buffer.concat([zstdCompressSync('{"a":1}\n{"'), zstdCompressSync('a":2'), zstdCompressSync('}\n')]), 'zstd'],
    ['zstd after a skippable frame', Buffer.concat([Buffer.from('502a4d1802000000ffff', 'hex'), zstdCompressSync(two)]), 'zstd'],
  ])('are unpacked by the first bytes: %s', async (_, bytes, packing) => {
    const { records, facts } = await read(bytes)
    expect(values(records)).toEqual([{ a: 1 }, { a: 2 }])
    expect(facts).toMatchObject({ packing, layout: 'lines', rows: 2, bytes: two.length, packedBytes: bytes.length })
  })

  it('are the same however frames, members and chunks fall', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(12), { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(gzipSync, zstdCompressSync),
        async (rows, cuts, size, pack) => {
          const text = Buffer.from(rows.map((row) => `{"row":${JSON.stringify(row)}}\n`).join(''))
          const members: Buffer[] = []
          let at = 0
          for (const cut of cuts) {
            members.push(pack(text.subarray(at, at + cut)))
            at += cut
          }
          const packed = Buffer.concat([...members, pack(text.subarray(at))])
          const chunks = Array.from({ length: Math.ceil(packed.length / size) }, (_, i) => packed.subarray(i * size, (i + 1) * size))
          expect(values((await read(Readable.from(chunks))).records)).toEqual(JSON.parse(JSON.stringify(rows.map((row) => ({ row })))))
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['gzip', gzipSync(two).subarray(0, -6)],
    ['zstd', zstdCompressSync(two).subarray(0, -6)],
  ])('of a %s file that was cut off end in a named fault', async (_, bytes) => {
    const { records } = await read(bytes)
    expect(records.at(-1)).toEqual({
      kind: 'unreadable',
      fault: { code: 'E_FILE', message: 'the packed file ends too early', hint: 'was the download or the copy cut off?' },
    })
  })

  it('of a bomb are named, and it is not held', async () => {
    const zstd = createZstdCompress()
    Readable.from(Array.from({ length: 300 }, () => Buffer.alloc(1024 * 1024))).pipe(zstd)
    const { records, facts } = await read(zstd, 1024)
    expect(values(records)).toEqual(['E_LONG'])
    expect(facts.bytes).toBe(300 * 1024 * 1024)
    expect(facts.packedBytes).toBeLessThan(100_000)
  })

  it.each([
    ['a byte order mark', '\ufeff{"a":1}\n', [{ a: 1 }], { bom: true, layout: 'lines' }],
    ['no line end at the end', '{"a":1}\n{"a":2}', [{ a: 1 }, { a: 2 }], { openEnd: true }],
    ['\\r\\n and blank lines', '{"a":1}\r\n\r\n\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }], { crlfLines: 3, blankLines: 2, firstBlankLine: 2 }],
    ['an array', ' [{"a":1},\n{"a":2}]\n', [{ a: 1 }, { a: 2 }], { layout: 'array' }],
    ['an array after a byte order mark', '\ufeff[1]', [1], { layout: 'array', bom: true }],
    ['values over several lines', '{\n "a": 1\n}\n{\n "a": 2\n}\n', [{ a: 1 }, { a: 2 }], { layout: 'sequence' }],
    ['separators that are text', '{"a":"\u2028\u2029\u0085"}\n', [{ a: '\u2028\u2029\u0085' }], { rows: 1, lines: 1 }],
    ['nothing', '', [], { rows: 0 }],
    ['blanks only', ' \n\n', [], { rows: 0, blankLines: 2 }],
    ['one short line', '1', [1], { rows: 1 }],
  ])('of a file with %s', async (_, text, expected, facts) => {
    const seen = await read(text)
    expect(values(seen.records)).toEqual(expected)
    expect(seen.facts).toMatchObject(facts)
  })

  it('that are no UTF-8 are named with their offset, and nothing is replaced', async () => {
    const { records } = await read(Buffer.concat([Buffer.from('{"a":1}\n{"é":"'), Buffer.from([0xff]), Buffer.from('"}\n{"a":2}\n')]))
    expect(values(records)).toEqual([{ a: 1 }, 'E_UTF8', { a: 2 }])
    expect(records[1]).toMatchObject({
      place: { row: 2, line: 2, offset: 8 },
      fault: { message: 'byte 0xff at offset 15 is no UTF-8', column: 7 },
    })
  })

  it('that are no JSON are named with line and column, and the next is read', async () => {
    const { records } = await read('{"a":1}\n\n{"a":1,}\n{"a":2}\n')
    expect(values(records)).toEqual([{ a: 1 }, 'E_JSON', { a: 2 }])
    expect(records[1]).toEqual({
      kind: 'broken',
      place: { row: 2, line: 3, offset: 9 },
      fault: { code: 'E_JSON', message: 'no JSON: a comma with nothing after it', column: 8, hint: 'take the last comma out' },
    })
  })

  it('of 10 MB are read', async () => {
    const { records } = await read(`${JSON.stringify({ a: 'é'.repeat(5_000_000) })}\n{"a":2}\n`)
    expect(records.map((record) => record.kind === 'value' && record.bytes)).toEqual([10_000_008, 7])
  })

  it('are not read past the one a reader stops at', async () => {
    const path = join(folder, 'many.jsonl')
    writeFileSync(path, two.repeat(1_000_000))
    const facts = noFacts()
    for await (const record of readRecords({ kind: 'file', name: path, path }, facts)) if (record.kind === 'value') break
    expect(facts.packedBytes).toBeLessThan(4 * 1024 * 1024)
  })

  it.each([
    ['a missing file', join(folder, 'none.jsonl'), 'there is no such file'],
    ['a folder', folder, 'this is a folder'],
  ])('of %s', async (_, path, message) => {
    const records: RawRecord[] = []
    for await (const record of readRecords({ kind: 'file', name: path, path }, noFacts())) records.push(record)
    expect(records).toMatchObject([{ kind: 'unreadable', fault: { code: 'E_OPEN', message } }])
  })

  it.each([
    ['UTF-16', Buffer.from('\ufeff{"a":1}\n', 'utf16le'), 'this is UTF-16 text, which is not read'],
    ['ZIP', Buffer.from('PK\x03\x04rest of it'), 'this is a ZIP archive (or a workbook), which is not read'],
  ])('of a %s file', async (_, bytes, message) => {
    expect((await read(bytes)).records).toMatchObject([{ kind: 'unreadable', fault: { message } }])
  })
})
