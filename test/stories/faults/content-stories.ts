/** Faults of what a model says. T1–T19 of the catalogue; those of configs stand in content.test.ts. */
import type { Fault } from '../../rig/server.ts'
import type { Story } from './story.ts'

const says = (content: string | null, finish: string | null = 'stop'): Fault => ({ kind: 'content', content, finish })
const usage = (value?: unknown): Fault => (value === undefined ? { kind: 'usage' } : { kind: 'usage', usage: value })
const body = (text: string | Buffer): Fault =>
  typeof text === 'string' ? { kind: 'body', body: text } : { kind: 'body', body: text.toString('base64'), encoding: 'base64' }

/** An answer, written out: what JSON.stringify would never write. */
const written = (content: string) =>
  `{"id":"chatcmpl-x","model":"test-model","choices":[{"index":0,"message":{"role":"assistant","content":${content}},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`

const WAITS = [250, 500, 1_000, 2_000, 4_000]
const failedAfterAll = (code: string, says: RegExp) => ({
  exit: 1,
  cell: `failed ${code}` as const,
  asked: 6,
  waits: WAITS,
  next: 1,
  says,
})
/** Paid for: asked once more as another attempt, then remembered. */
const rejected = (code: string, says: RegExp) => ({ exit: 1, cell: `rejected ${code}` as const, asked: 2, waits: [], says })
const accepted = (row?: string) => ({ exit: 0, cell: 'accepted' as const, asked: 1, waits: [], ...(row === undefined ? {} : { row }) })
const kept = (id: string, name: string, content: string): Story => ({ id, name, fault: says(content), ...accepted(content) })

const LONG = 'a line of a long answer\n'.repeat(200_000).trimEnd()

export const CONTENT_STORIES: readonly Story[] = [
  { id: 'T1', name: 'no choices', fault: { kind: 'no-choices' }, ...failedAfterAll('no-choices', /the answer has no choices/) },
  {
    id: 'T1',
    name: 'choices that are null',
    fault: { kind: 'fields', fields: { choices: null } },
    ...failedAfterAll('no-choices', /the answer has no choices/),
  },
  { id: 'T1', name: 'content that is null', fault: { kind: 'null-content' }, ...rejected('null-content', /the answer has no content/) },
  { id: 'T1', name: 'an empty text', fault: says(''), ...rejected('empty-content', /the content of the answer is empty/) },
  { id: 'T1', name: 'nothing but blanks', fault: says(' \n\t '), ...rejected('empty-content', /the content of the answer is empty/) },
  { id: 'T1', name: 'a refusal', fault: { kind: 'refusal' }, ...rejected('refusal', /the model refused/) },
  {
    id: 'T1',
    name: 'a tool that nobody offered',
    fault: { kind: 'tool-calls' },
    ...rejected('tool-calls', /the model called a tool instead of answering/),
  },
  {
    id: 'T1',
    name: 'stopped by a filter',
    fault: says('I was about to', 'content_filter'),
    ...rejected('content-filter', /content filter stopped the answer/),
  },
  { id: 'T1', name: 'no reason why it ended', fault: says('Some text.', null), ...rejected('no-finish', /does not say why it ended/) },
  {
    id: 'T1',
    name: 'a reason that nobody knows',
    fault: says('Some text.', 'weather'),
    ...rejected('unknown-finish', /ended for an unknown reason, "weather"/),
  },
  {
    id: 'T2',
    name: 'cut off, and good JSON all the same',
    fault: says('{"whole":true}', 'length'),
    ...rejected('cut-off', /cut off at its token limit/),
  },
  {
    id: 'T4',
    name: 'half of a character, escaped',
    fault: body(written('"half \\ud83d of it"')),
    ...rejected('control-characters', /contains half of a surrogate pair/),
  },
  {
    id: 'T4',
    name: 'bytes that are no text',
    fault: body(Buffer.from(written('"\xff\xfe"'), 'latin1')),
    ...failedAfterAll('invalid-utf8', /the answer is not valid UTF-8/),
    lost: 6,
  },
  {
    id: 'T4',
    name: 'an overlong encoding',
    fault: body(Buffer.from(written('"\xc0\xaf"'), 'latin1')),
    ...failedAfterAll('invalid-utf8', /the answer is not valid UTF-8/),
    lost: 6,
  },
  { id: 'T4', name: 'a NUL', fault: body(written('"a\\u0000b"')), ...rejected('control-characters', /contains the control character U\+/) },
  { id: 'T4', name: 'a byte order mark before the JSON', fault: body(`\ufeff${written('"marked"')}`), ...accepted('marked') },
  kept('T4', 'a replacement character that the model wrote', 'so \ufffd it is'),
  kept('T4', 'line separators', 'one\u2028two\u2029three'),
  {
    id: 'T4',
    name: 'a next line, which is a control',
    fault: says('one\u0085two'),
    ...rejected('control-characters', /contains the control character U\+/),
  },
  { id: 'T4', name: 'line ends of Windows become line ends', fault: says('one\r\ntwo'), ...accepted('one\ntwo') },
  {
    id: 'T4',
    name: 'a carriage return alone, which would overwrite a line',
    fault: says('one\rtwo'),
    ...rejected('control-characters', /contains the control character U\+/),
  },
  kept('T4', 'composed and decomposed, kept apart', 'caf\u00e9 cafe\u0301'),
  kept('T5', 'an answer of 10 MB', 'x'.repeat(10 * 1024 * 1024)),
  kept('T5', 'an answer of 200,000 lines', LONG),
  { id: 'T9', name: 'escapes', fault: { kind: 'ansi' }, ...rejected('control-characters', /contains terminal escapes/) },
  {
    id: 'T9',
    name: 'a link',
    fault: says('\u001b]8;;http://evil\u0007click\u001b]8;;\u0007'),
    ...rejected('control-characters', /contains terminal escapes/),
  },
  { id: 'T9', name: 'C1 controls', fault: says('a\u009b2Jb'), ...rejected('control-characters', /contains terminal escapes/) },
  kept('T9', 'letters that run the other way', 'abc \u202e fed \u2066 x'),
  kept('T9', 'tag characters', 'a\u{e0041}\u{e0042}b'),
  kept('T10', 'markup', '</script><script>alert(1)</script><a href="javascript:alert(1)">x</a>'),
  ...['=cmd|calc', '+1', '-1', '@sum'].map((text) => kept('T11', `a formula: ${JSON.stringify(text)}`, text)),
  { id: 'T11', name: 'a formula behind a tab: blanks around a text go', fault: says('\t=1'), ...accepted('=1') },
]

/** What usage may say, and what is believed of it: the numbers, or an estimate that is marked as one. */
export const USAGE_STORIES: readonly (readonly [name: string, fault: Fault])[] = [
  ['none', usage()],
  ['zero', usage({ prompt_tokens: 0, completion_tokens: 0 })],
  ['negative', usage({ prompt_tokens: -5, completion_tokens: -1 })],
  ['texts', usage({ prompt_tokens: '12', completion_tokens: 'many' })],
  ['beyond reason', usage({ prompt_tokens: 1e12, completion_tokens: 1e12 })],
  ['a list', usage([1, 2])],
  ['broken', usage({ prompt_tokens: 1.5, completion_tokens: null })],
]
