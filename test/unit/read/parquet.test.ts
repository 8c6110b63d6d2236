import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, it } from 'vitest'
import { readDataset } from '../../../src/read/dataset.ts'
import type { Source } from '../../../src/read/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'datagen-parquet-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ROWS = 2500
const messages = Array.from({ length: ROWS }, (_, i) => [
  { role: 'user', content: `question ${i} é\u2028` },
  { role: 'assistant', content: `answer ${i}` },
])

const COMPRESSORS: Parameters<typeof parquetWriteBuffer>[0]['compressors'] & object = {
  GZIP: (input) => gzipSync(input),
  ZSTD: (input) => zstdCompressSync(input),
  BROTLI: (input) => brotliCompressSync(input),
}

/** A file as Hugging Face writes it: a list of structs, whole numbers of 64 bits. */
function file(codec: CompressionCodec): Buffer {
  return Buffer.from(
    parquetWriteBuffer({
      codec,
      compressors: COMPRESSORS,
      rowGroupSize: 1000,
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'messages', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'role', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'content', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'number', type: 'INT64', repetition_type: 'OPTIONAL' },
      ],
      columnData: [
        { name: 'messages', data: messages },
        { name: 'number', data: messages.map((_, i) => BigInt(i)) },
      ],
    }),
  )
}

async function read(source: Source) {
  const dataset = readDataset(source)
  const rows = []
  for await (const row of dataset.rows) rows.push(row)
  return { dataset, rows }
}

const stream = (bytes: Buffer): Source => ({ kind: 'stream', name: '-', stream: Readable.from([bytes]) })

describe('Parquet', () => {
  it.each<CompressionCodec>(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI'])(
    'of nested messages is read, packed with %s',
    async (codec) => {
      const path = join(folder, `${codec}.parquet`)
      writeFileSync(path, file(codec))
      const { dataset, rows } = await read({ kind: 'file', name: path, path })
      expect(dataset.facts).toMatchObject({ layout: 'parquet', rows: ROWS })
      expect(dataset.detection).toMatchObject({ confidence: 1, format: { id: 'openai-chat' } })
      expect(rows).toHaveLength(ROWS)
      expect(rows[2047]).toMatchObject({
        kind: 'row',
        place: { row: 2048 },
        row: { kind: 'conversation', messages: messages[2047], prompt: 1, extra: { number: 2047 } },
      })
    },
  )

  it('is read from a stream, and inside of gzip', async () => {
    expect((await read(stream(file('SNAPPY')))).rows).toHaveLength(ROWS)
    expect((await read(stream(gzipSync(file('SNAPPY'))))).rows).toHaveLength(ROWS)
  })

  it('that is torn or spoilt is a named fault wherever it is hurt', async () => {
    const whole = file('ZSTD')
    for (const end of [4, 100, whole.length - 8]) {
      const { rows } = await read(stream(whole.subarray(0, end)))
      expect(rows.at(-1)).toMatchObject({ kind: 'unreadable', problem: { code: 'E_FILE' } })
    }
    for (let at = 4; at < whole.length; at += Math.ceil(whole.length / 20)) {
      const spoilt = Buffer.from(whole)
      spoilt.writeUInt8((spoilt.readUInt8(at) + 97) % 256, at)
      const { rows } = await read(stream(spoilt))
      expect(rows.length).toBeLessThanOrEqual(ROWS + 1)
    }
  })
})
