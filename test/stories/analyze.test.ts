/** `datagen analyze`: anybody's dataset in, what it is like and what is wrong with it out; nothing is asked, nothing is written. */
import { writeFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { execa } from 'execa'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import type { MeasureReport } from '../../src/events/measures.ts'
import { BIN, Project } from '../rig/project.ts'
import { NEEDS_SHARED, sharedPath, WITHOUT_SHARED } from '../rig/shared.ts'

interface Analysis {
  file: {
    name: string
    layout: string
    packing: string
    formats: { [id: string]: number }
    broken: { rows: number; examples: object[] }
    cells?: string
  }
  measures: MeasureReport
  tokens: { prompt: number; response: number; other: number; total: number; estimated: boolean; cost?: { usd: number } }
}

const SUBJECTS = ['csv files', 'dates', 'sockets', 'threads', 'regular expressions', 'sorting', 'queues', 'hash maps', 'closures', 'tests']
const CHATS = SUBJECTS.map((subject, i) => ({
  messages: [
    { role: 'user', content: `${['How do I start with', 'Tell me about', 'Show me'][i % 3]} ${subject}${i % 3 === 0 ? '?' : '.'}` },
    { role: 'assistant', content: `${subject} in short:\n\n- first ${i}\n- then ${i * 7}\n\n\`\`\`py\nx = ${i}\n\`\`\`` },
  ],
}))
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

async function json(at: Project, ...args: string[]): Promise<Analysis[]> {
  const { code, stdout, stderr } = await at.run('analyze', '--json', ...args)
  // On a busy machine there may be progress on stderr; an error would be no JSON.
  expect(code, stderr).toBe(0)
  return (JSON.parse(stdout) as { schema: 1; files: Analysis[] }).files
}

describe('analyze', () => {
  it('says the same of the same rows in every format and packing', async () => {
    const prompt = (row: (typeof CHATS)[number]) => row.messages[0]?.content as string
    const answer = (row: (typeof CHATS)[number]) => row.messages[1]?.content as string
    using at = new Project({
      'openai-chat.jsonl': lines(CHATS),
      'array.json': JSON.stringify(CHATS, null, 2),
      'trl-prompt-completion.jsonl': lines(CHATS.map((row) => ({ prompt: prompt(row), completion: answer(row) }))),
      'sharegpt.jsonl': lines(
        CHATS.map((row) => ({
          conversations: [
            { from: 'human', value: prompt(row) },
            { from: 'gpt', value: answer(row) },
          ],
        })),
      ),
      'alpaca.json': JSON.stringify(CHATS.map((row) => ({ instruction: prompt(row), input: '', output: answer(row) }))),
    })
    writeFileSync(at.path('chat.jsonl.gz'), gzipSync(lines(CHATS)))
    writeFileSync(at.path('chat.jsonl.zst'), zstdCompressSync(lines(CHATS)))
    writeFileSync(
      at.path('chat.parquet'),
      Buffer.from(
        parquetWriteBuffer({
          columnData: [
            { name: 'prompt', data: CHATS.map(prompt), type: 'STRING' },
            { name: 'completion', data: CHATS.map(answer), type: 'STRING' },
          ],
        }),
      ),
    )
    const names = [
      'openai-chat.jsonl',
      'array.json',
      'trl-prompt-completion.jsonl',
      'sharegpt.jsonl',
      'alpaca.json',
      'chat.jsonl.gz',
      'chat.jsonl.zst',
      'chat.parquet',
    ]
    const found = await json(at, ...names)
    expect(found.map(({ file }) => [file.name, Object.keys(file.formats)[0], file.layout, file.packing])).toEqual([
      ['openai-chat.jsonl', 'openai-chat', 'JSON Lines', 'none'],
      ['array.json', 'openai-chat', 'JSON array', 'none'],
      ['trl-prompt-completion.jsonl', 'trl-prompt-completion', 'JSON Lines', 'none'],
      ['sharegpt.jsonl', 'sharegpt', 'JSON Lines', 'none'],
      ['alpaca.json', 'alpaca', 'JSON array', 'none'],
      ['chat.jsonl.gz', 'openai-chat', 'JSON Lines', 'gzip'],
      ['chat.jsonl.zst', 'openai-chat', 'JSON Lines', 'zstd'],
      ['chat.parquet', 'trl-prompt-completion', 'Parquet', 'none'],
    ])
    const [first, ...others] = found.map(({ measures, tokens }) => ({ measures, tokens }))
    expect(first?.measures).toMatchObject({
      rows: 10,
      shape: { asks: { question: 4, command: 6, statement: 0 }, contains: { code: 10, list: 10 } },
    })
    expect(first?.tokens).toMatchObject({ other: 0, estimated: false })
    for (const other of others) expect(other).toEqual(first)
  })

  it('reads standard input', async () => {
    using at = new Project()
    const { exitCode, stdout } = await execa(process.execPath, [BIN, 'analyze', '-', '--price', '3'], {
      cwd: at.root,
      env: at.env,
      extendEnv: false,
      input: lines(CHATS),
    })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('standard input')
    expect(stdout).toMatch(/turns +2 in 10 rows/)
    expect(stdout).toMatch(/asks +question 40 % · command 60 %/)
    expect(stdout).toMatch(/cost +\$0\.00\d+ an epoch, at \$3\.00 for a million tokens/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('fails where it is asked to, and names the phrase and the rows', async () => {
    const templated = Array.from({ length: 300 }, (_, i) => ({
      prompt: `Please write a very short poem about the wonderful number ${i}`,
      completion: `Here is ${i * 13} and ${i * 17} for you`,
    }))
    using at = new Project({ 'templated.jsonl': lines(templated), 'good.jsonl': lines(CHATS) })
    const { code, stdout } = await at.run('analyze', 'templated.jsonl', '--fail-on', 'fail')
    expect(code).toBe(1)
    expect(stdout).toMatch(/✖ boilerplate of prompts {2}\d+ %, fails above 15 %/)
    expect(stdout).toContain('“please write a very short poem about the wonderful number”')
    expect(stdout).toMatch(/✖ opening of prompts {2}100 %, fails above 30 %/)
    expect((await at.run('analyze', 'templated.jsonl')).code).toBe(0)
    expect((await at.run('analyze', 'good.jsonl', '--fail-on', 'fail')).code).toBe(0)
  })

  it('counts rows that cannot be read, goes on, and takes them for a failure', async () => {
    using at = new Project({ 'mixed.jsonl': `${lines(CHATS.slice(0, 5))}{"messages": [\n${lines(CHATS.slice(5))}{"strange": 1}\n` })
    const [found] = await json(at, 'mixed.jsonl')
    expect(found?.measures.rows).toBe(10)
    expect(found?.file.broken).toMatchObject({
      rows: 2,
      examples: [
        { row: 6, code: 'E_JSON' },
        { row: 12, code: 'E_FORMAT' },
      ],
    })
    expect((await at.run('analyze', 'mixed.jsonl', '--fail-on', 'fail')).code).toBe(1)
  })

  it('compares two files side by side', async () => {
    using at = new Project({ 'a.jsonl': lines(CHATS), 'b.jsonl': lines([...CHATS, ...CHATS]) })
    const { code, stdout } = await at.run('analyze', 'a.jsonl', 'b.jsonl')
    expect(code).toBe(0)
    expect(stdout).toMatch(/ rows +10 +20\n/)
    expect(stdout).toMatch(/ duplicate prompts +0 % +50 %\n/)
    expect(stdout).toMatch(/✖ duplicates of whole rows {2}50 %, fails above 1 %/)
  })

  it('knows the cells of what datagen made', async () => {
    const cell = (i: number) => ({ tone: ['plain', 'formal'][i % 2], level: ['beginner', 'expert'][i % 4 < 2 ? 0 : 1] })
    using at = new Project({ 'train.jsonl': lines(CHATS), 'train.meta.jsonl': lines(CHATS.map((_, i) => ({ cell: cell(i), sample: 0 }))) })
    const [found] = await json(at, 'train.jsonl')
    expect(found?.file.cells).toBe('train.meta.jsonl')
    expect(found?.measures.coverage).toMatchObject({
      cells: 10,
      inferred: true,
      tway: [
        { t: 1, covered: 4, of: 4 },
        { t: 2, covered: 4, of: 4 },
      ],
    })
    expect((await at.run('analyze', 'train.jsonl')).stdout).toMatch(/cells +1-way 4 of 4 · 2-way 4 of 4/)
  })

  it.each([
    [['none.jsonl'], /^error: "none\.jsonl" cannot be read: there is no such file/],
    [['empty.jsonl'], /^error: "empty\.jsonl" has no rows/],
    [['a.jsonl', '--format', 'sharegtp'], /there is no format "sharegtp"[\s\S]*did you mean "sharegpt"\?/],
    [['junk.jsonl'], /none of the 2 rows of "junk\.jsonl" can be read/],
  ])('says what is wrong with %j', async (args, message) => {
    using at = new Project({ 'a.jsonl': lines(CHATS), 'empty.jsonl': '', 'junk.jsonl': 'nope\nno\n' })
    const { code, stdout, stderr } = await at.run('analyze', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })

  it('shows hostile text as text', async () => {
    const hostile = '\x1b[31mred\x1b]8;;http://evil\x07link\u202eesrever <script>alert(1)</script> =cmd()'
    const rows = Array.from({ length: 30 }, (_, i) => ({
      messages: [
        { role: 'system', content: hostile },
        { role: 'user', content: `${hostile} one two three four five six seven ${i}` },
        { role: 'assistant', content: hostile },
      ],
    }))
    using at = new Project({ '\u202etrain.jsonl': `${lines(rows)}{"\\u001b[2J": 1}\n` })
    for (const args of [[], ['--json']]) {
      const { stdout } = await at.run('analyze', '\u202etrain.jsonl', ...args)
      expect(stdout).toContain('script')
      expect(stdout).not.toMatch(/[\x1b\x07\u202e]/)
    }
  })
})

describe.skipIf(WITHOUT_SHARED)(`analyze on real datasets${NEEDS_SHARED}`, () => {
  it('finds evaluation items in a training set', async () => {
    using at = new Project()
    const { code, stdout } = await at.run(
      'analyze',
      sharedPath('datasets/azure_openai/chat_train.jsonl'),
      '--against',
      sharedPath('datasets/gsm8k/train.jsonl'),
      '--no-near',
      '--fail-on',
      'fail',
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/! contamination-half {2}100 %, warns above 0 %/)
    expect(stdout).toMatch(/✖ contamination-any {2}100 %, fails above 0 %/)
    expect(stdout).toMatch(/evaluation item \d+ covers \d+ %/)
  })

  it('reads every file there is', async () => {
    const files = [
      ['fastchat/dummy_conversation.json', 'sharegpt', 500],
      ['llamafactory_demos/dpo_en_demo.json', 'sharegpt', 300],
      ['llamafactory_demos/kto_en_demo.json', 'trl-kto', 300],
      ['llamafactory_demos/glaive_toolcall_en_demo.json', 'sharegpt', 300],
      ['anthropic_bedrock/json_mode_dataset.jsonl', 'bedrock-claude', 500],
      ['bedrock_nova/formatted_test_ft.jsonl', 'bedrock-nova', 120],
      ['azure_openai/dpo_chat.jsonl', 'openai-preference', 12],
      ['openai_cookbook/toy_chat_fine_tuning.jsonl', 'openai-chat', 5],
    ] as const
    using at = new Project()
    const found = await json(at, ...files.map(([path]) => sharedPath(`datasets/${path}`)))
    expect(found.map(({ file, measures }) => [Object.keys(file.formats)[0], measures.rows, file.broken.rows])).toEqual(
      files.map(([, format, rows]) => [format, rows, 0]),
    )
    expect(found[1]?.measures.shape.pairs).toMatchObject({ rows: 300, chosenLonger: 131 })
    expect(found[2]?.measures.shape.labels).toEqual({ good: 150, bad: 150 })
    expect(found[4]?.measures.shape.contains.json).toBe(500)
  })
})
