import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'

const row = (question: string, answer: string, more: object = {}) =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    ...more,
  })}\n`

describe('datagen validate', () => {
  it('says of a good file that it is, and exits 0', async () => {
    using project = new Project({ 'train.jsonl': row('a', 'b').repeat(3) })
    expect(await project.run('validate', 'train.jsonl', '--for', 'fireworks')).toEqual({
      code: 0,
      stdout: 'train.jsonl: good for Fireworks: 3 rows\n',
      stderr: '',
    })
  })

  it('names each kind of error with its first places, counts the rest, and exits 1', async () => {
    using project = new Project({ 'train.jsonl': `${row('a', 'b', { id: 1 }).repeat(4)}\n{"messages": [}\n${row('a', ' b')}` })
    expect(await project.run('validate', 'train.jsonl', '--for', 'together')).toEqual({
      code: 1,
      stderr: '',
      stdout: `train.jsonl: not for Together: 6 rows, 5 errors, 3 warnings
  error E_KEYS a key that the platform does not take × 4
    line 1  id: "id" is no key that is taken here
    line 2  id: "id" is no key that is taken here
    line 3  id: "id" is no key that is taken here
    hint: known here: messages, tools
    … and 1 more
  error E_JSON no JSON
    line 6:15 (row 5)  no JSON: "}" stands where a value should
  warning W_WS white space around the assistant's text
    line 7 (row 6)  messages[1].content: the text begins with white space
    hint: the model learns it
  warning W_FEW few rows
    6 rows; 50 are advised
  warning W_BLANK blank lines
    1 blank lines, the first is line 5
    hint: some loaders stop there

`,
    })
  })

  it('reads several files, packed ones and Parquet, and says how many are good', async () => {
    using project = new Project({ 'a.jsonl': row('a', 'b') })
    writeFileSync(project.path('b.jsonl.gz'), gzipSync(row('a', 'b')))
    const column = { name: 'text', data: ['x', 'y'], type: 'STRING' as const }
    writeFileSync(project.path('c.parquet'), Buffer.from(parquetWriteBuffer({ columnData: [column] })))
    const { code, stdout } = await project.run('validate', 'a.jsonl', 'b.jsonl.gz', 'c.parquet', '--for', 'trl')
    expect(stdout.split('\n')).toEqual([
      'a.jsonl: good for Hugging Face TRL: 1 row',
      'b.jsonl.gz: good for Hugging Face TRL: 1 row',
      'c.parquet: good for Hugging Face TRL: 2 rows',
      '3 files: all good for Hugging Face TRL',
      '',
    ])
    expect(code).toBe(0)
  })

  it('prints NDJSON with row, line, offset, path and code', async () => {
    using project = new Project({ 'a.jsonl': `${row('a', 'b').repeat(2)}${row('a', '')}` })
    const { code, stdout } = await project.run('validate', 'a.jsonl', '--for', 'fireworks', '--json')
    expect(code).toBe(1)
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        type: 'finding',
        file: 'a.jsonl',
        for: 'fireworks',
        code: 'E_EMPTY',
        severity: 'error',
        row: 3,
        line: 3,
        offset: 2 * row('a', 'b').length,
        path: 'messages[1].content',
        message: 'the text is empty',
      },
      {
        type: 'file',
        schema: 1,
        file: 'a.jsonl',
        for: 'fireworks',
        good: false,
        rows: 3,
        bytes: 3 * row('a', 'b').length - 1,
        layout: 'lines',
        packing: 'none',
        shapes: { chat: 3 },
        errors: 1,
        warnings: 0,
        codes: { E_EMPTY: 1 },
      },
    ])
  })

  it.each([
    [['x.jsonl', '--for', 'togehter'], 'did you mean "together"?'],
    [['x.jsonl'], 'say who is to train on the file'],
    [['--for', 'trl'], 'no file was given'],
  ])('exits 2 for %j', async (args, message) => {
    using project = new Project()
    const { code, stderr } = await project.run('validate', ...args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it('exits 2 for a file that is not there, and still reads the others', async () => {
    using project = new Project({ 'a.jsonl': row('a', 'b') })
    const { code, stdout } = await project.run('validate', 'none.jsonl', 'a.jsonl', '--for', 'trl')
    expect(stdout).toContain('none.jsonl: not read\n  error E_OPEN the file cannot be opened\n    there is no such file\n')
    expect(stdout).toContain('a.jsonl: good for Hugging Face TRL: 1 row\n')
    expect(code).toBe(2)
  })

  it('counts the tokens of long rows only', async () => {
    using project = new Project({ 'a.jsonl': `${row('a', 'word '.repeat(70_000).trim())}${row('a', 'x'.repeat(66_000)).repeat(49)}` })
    const { code, stdout } = await project.run('validate', 'a.jsonl', '--for', 'openai')
    expect(stdout).toBe(`a.jsonl: good for OpenAI, supervised: 50 rows, 1 warning
  warning W_LEN a row longer than the platform trains on
    line 1  about 70,003 tokens (by o200k_base) of at most 65,536
    hint: what is beyond is cut off or refused, and the answer is at the end

`)
    expect(code).toBe(0)
  })

  it('keeps hostile text from the terminal, and stands a row of 10 MB', async () => {
    const evil = '\x1b[2J\x1b]8;;http://evil\x07\u202e<script>alert(1)</script>\u0000\r\n=cmd|calc'
    using project = new Project({
      'a.jsonl': [
        row('a', 'b', { [evil]: 1 }),
        `${JSON.stringify({ messages: [{ role: evil, content: 'x' }] })}\n`,
        row('a', 'x'.repeat(10_000_000), { [`k${'y'.repeat(100_000)}`]: 1 }),
        row('a', '\ud800 {{ evil }} <|im_end|>'),
        `{"a": "${evil}\n`,
      ].join(''),
    })
    for (const flags of [[], ['--json']]) {
      const { code, stdout, stderr } = await project.run('validate', 'a.jsonl', '--for', 'together', ...flags)
      expect(code).toBe(1)
      expect(stderr).toBe('')
      expect(stdout).toContain('E_ROLE')
      expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/)
      expect(stdout.length).toBeLessThan(8000)
    }
  })
})
