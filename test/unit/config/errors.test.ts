/** Every way in which a config can be wrong: what is said, and where. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of TypeScript configs

import { symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, said, script } from './project.ts'

interface Case {
  readonly files: { readonly [path: string]: string }
  readonly configPath?: string
  readonly env?: { readonly [name: string]: string }
  readonly limitMs?: number
  readonly prepare?: (project: Project) => void
}

const ts = (parts: { readonly [key: string]: string }): Case => ({ files: { 'datagen.config.ts': script(parts) } })
const raw = (text: string): Case => ({ files: { 'datagen.config.ts': text } })
const yaml = (text: string): Case => ({ files: { 'datagen.config.yaml': text } })
const steps = (text: string, example = "{ messages: [{ role: 'user', content: '{{ steps.a }}' }] }") =>
  ts({ recipe: `{ steps: ${text}, example: ${example} }` })

const cases: { readonly [name: string]: Case } = {
  // Finding and running
  'no config': { files: {} },
  'named config missing': { files: {}, configPath: 'other.config.ts' },
  'named config of unknown kind': { files: { 'config.toml': '' }, configPath: 'config.toml' },
  'config throws': raw('const rows: string[] = []\nexport default { name: rows[0]!.length }\n'),
  'config throws in an import': {
    files: {
      'datagen.config.ts': "import { ids } from './ids.ts'\nexport default ids()\n",
      'ids.ts': "interface Row { id: string }\nexport const ids = (): Row[] => {\n  throw new Error('no rows')\n}\n",
    },
  },
  'config throws no error': raw("throw 'a text'\n"),
  'config never ends': { ...raw('for (;;) {}\nexport default {}\n'), limitMs: 200 },
  'config waits at top level': raw('const rows = await Promise.resolve([])\nexport default { rows }\n'),
  'config exits': raw('process.exit(0)\n'),
  'config is a promise': raw('export default Promise.resolve({})\n'),
  'config is a function': raw('export default () => ({})\n'),
  'nothing exported': raw('export const name = "x"\n'),
  'import of a missing file': {
    files: { 'datagen.config.ts': "import { rows } from './row.ts'\nexport default { rows }\n", 'rows.ts': 'export const rows = 1\n' },
  },
  'import of a missing package': raw("import rows from 'no-such-package'\nexport default { rows }\n"),
  'import datagen does not have': raw("import { defineConfg } from 'datagen'\nexport default defineConfg({})\n"),
  'syntax error in TypeScript': raw("export default {\n  name: 'x'\n  dimensions: {}\n}\n"),
  'changes between evaluations': raw(
    "let n = 39\nn = 39 + ((globalThis as { calls?: number }).calls = ((globalThis as { calls?: number }).calls ?? 0) + 1)\nexport default { name: 'x', dimensions: { topic: Array.from({ length: n }, (_, i) => `t${i}`) }, recipe: { preset: 'singleTurn' } }\n",
  ),
  // Reads
  'tracked file missing': ts({ name: "file('name.txt')" }),
  'tracked file outside': ts({ name: "file('../name.txt')" }),
  'tracked file behind a link': {
    ...ts({ name: "file('link/hostname')" }),
    prepare: (project) => symlinkSync('/etc', project.path('link')),
  },
  'variable not set': ts({ name: "env('DATASET')" }),
  'credential read by env': ts({ name: "env('OPENAI_API_KEY')" }),
  'credential read directly': ts({ name: '`x${process.env.GITHUB_TOKEN}`' }),
  // YAML and JSON
  'yaml indented with a tab': yaml('name: x\ndimensions:\n\ttopic: [a]\n'),
  'yaml key given twice': yaml('name: x\nname: y\n'),
  'yaml of two documents': yaml('name: x\n---\nname: y\n'),
  'yaml with a function tag': yaml('name: !!js/function "x"\n'),
  'yaml alias bomb': yaml(
    `a: &a [x, x]\n${[...'bcdefghijk'].map((c, i, all) => `${c}: &${c} [${Array(9).fill(`*${all[i - 1] ?? 'a'}`)}]`).join('\n')}\n`,
  ),
  'yaml empty': yaml('# nothing yet\n'),
  'yaml with __proto__': yaml('name: x\n__proto__: { polluted: true }\ndimensions: { topic: [a] }\nrecipe: { preset: singleTurn }\n'),
  'yaml names alone': yaml(
    'name: x\ndimensions: { topic: [a] }\nrecipe: { preset: singleTurn }\nbatches:\n  one: {}\n  two: { after: one }\nchecks: [unique]\n',
  ),
  'yaml unknown keys': yaml('name: x\ndimension:\n  topic: [a]\nrecipe:\n  preset: singleTurn\n  asistant: tutor\n'),
  'yaml not a number': yaml('name: x\ndimensions:\n  topic:\n    - { id: a, weight: .nan }\nrecipe: { preset: singleTurn }\n'),
  'yaml unknown name in a template': yaml(
    'name: x\ndimensions: { topic: [a], tone: [b] }\nrecipe:\n  steps:\n    ask:\n      ask: default\n      prompt: |\n        Write about {{ cell.topic }}\n        in the tone {{ guide.tones }}.\n  example:\n    messages: [{ role: user, content: "{{ steps.ask }}" }]\n',
  ),
  'json syntax': { files: { 'datagen.config.json': '{"name": "x",\n "dimensions": {"topic": ["a"]\n' } },
  'package.json config': {
    files: {
      'package.json':
        '{\n  "name": "p",\n  "datagen": { "name": "x", "dimensions": { "topic": [] }, "recipe": { "preset": "singleTurn" } }\n}\n',
    },
  },
  // Shapes
  'unknown key': ts({ dimenions: '{}' }),
  'missing keys': raw("export default { name: 'x' }\n"),
  'wrong types': ts({ name: '42', concurrency: "'8'", outputs: '[]', models: '{ a: 3 }' }),
  'function where none may be': ts({ name: "() => 'x'", models: "{ a: { use: 'openai:x', extra: { f: () => 1 } } }" }),
  'step of no kind': steps("{ a: { promt: 'x' } }"),
  'step with a near miss': steps("{ a: { aks: 'default', prompt: 'x' } }"),
  'unknown check': ts({ checks: "[{ check: 'uniqe' }]" }),
  'bad enum': ts({ checks: "[{ check: 'unique', of: 'users' }]" }),
  'bad preset recipe': ts({ recipe: "{ preset: 'singelTurn' }" }),
  'out of range': ts({ concurrency: '0', models: "{ a: { use: 'openai:x', temperature: 3, timeoutSeconds: 0 } }" }),
  'more than a handful': ts({ a1: '1', b2: '1', c3: '1', d4: '1', e5: '1', f6: '1', g7: '1' }),
  'prototype in an object literal': ts({ models: "{ __proto__: { a: 'openai:x' } }" }),
  'constructor as a dimension': ts({ dimensions: "{ constructor: ['a'] }" }),
  'constructor as a value': ts({ dimensions: "{ topic: ['a', 'constructor'] }" }),
  'a date and a map': ts({ models: '{ a: new Map() }', dimensions: '{ topic: [new Date(0)] }' }),
  'a cycle': raw("const models: Record<string, unknown> = {}\nmodels.self = models\nexport default { name: 'x', models }\n"),
  // Dimensions
  'no dimension': ts({ dimensions: '{}' }),
  'empty dimension': ts({ dimensions: "{ topic: ['a'], tone: [] }" }),
  'duplicate value': ts({ dimensions: "{ topic: ['late', { id: 'lost' }, { id: 'late' }] }" }),
  'duplicate value by case': ts({ dimensions: "{ topic: ['Cafe\\u0301', 'caf\\u00e9'] }" }),
  'value with a control character': ts({ dimensions: "{ topic: ['a\\u001b[31m'] }" }),
  'weight not a number': ts({
    dimensions: "{ topic: [{ id: 'a', weight: NaN }, { id: 'b', weight: Infinity }, { id: 'c', weight: -1 }] }",
  }),
  'weights all zero': ts({ dimensions: "{ topic: [{ id: 'a', weight: 0 }, { id: 'b', weight: 0 }] }" }),
  'dimension with a bad name': ts({ dimensions: "{ 'my topic': ['a'] }" }),
  'a billion cells': ts({
    dimensions: 'Object.fromEntries(Array.from({ length: 9 }, (_, d) => [`d${d}`, Array.from({ length: 10 }, (_, v) => `v${v}`)]))',
  }),
  'missing preset': ts({ dimensions: "{ ...dimensions('phrasings' as 'phrasing') }" }),
  'missing preset in yaml': yaml(
    'name: x\ndimensions:\n  phrasing: { preset: phrasin }\n  edge: { preset: edge, pick: [happy, borders] }\nrecipe: { preset: singleTurn }\n',
  ),
  'preset with a path': yaml('name: x\ndimensions:\n  phrasing: { preset: ../../package }\nrecipe: { preset: singleTurn }\n'),
  // Documents
  'documents nowhere': {
    files: {
      'datagen.config.ts': script({ dimensions: "{ a: documents({ files: ['docs/*.md', 'guide.md', '../x.md', 'data.xml'] }) }" }),
      'data.xml': '<a/>',
    },
  },
  'document without its column': {
    files: {
      'datagen.config.yaml':
        'name: x\ndimensions:\n  a: { documents: { files: [faq.csv], text: [question, answr] } }\n  b: { documents: { files: [faq.jsonl] } }\nrecipe: { preset: singleTurn }\n',
      'faq.csv': 'question,answer\nWhy?,So.\n',
      'faq.jsonl': '{"text":"a"}\n{"text":"b"\n',
    },
  },
  'documents without text': {
    files: {
      'datagen.config.ts': script({ dimensions: "{ a: documents({ files: ['docs/*.md'] }) }" }),
      'docs/a.md': '# Title\n\n## Other\n',
    },
  },
  'documents split by nothing known': ts({ dimensions: "{ a: { documents: { files: ['a.md'], split: { by: 'headings', max: 3 } } } }" }),
  // References
  'unknown dimension and value in where': ts({
    where: "[{ not: { topik: 'late' } }, { if: { topic: 'lte' }, then: { tone: ['calm', 'agry'] } }]",
  }),
  'unknown dimension in a batch': ts({ batches: "{ core: { where: { topik: 'late' } } }" }),
  'unknown dimension in an output': ts({ outputs: "{ train: { where: { tone: 'clam' } } }" }),
  'unknown dimension in a check': ts({ checks: "[checks.length({ of: 'user', max: 9, where: { tones: 'calm' } })]" }),
  'unknown dimension in answer': ts({ recipe: "recipes.singleTurn({ answer: ['tones'] })" }),
  'unknown dimension in a prompt': steps("{ a: { ask: 'default', prompt: 'About {{ cell.topik }} please' } }"),
  'unknown root in a prompt': steps("{ a: { ask: 'default', prompt: '{{ topic }} and {{ cels.topic }}' } }"),
  'unknown step in a prompt': steps(
    "{ a: { ask: 'default', prompt: 'x' }, bee: { ask: 'default', prompt: '{{ steps.b }} {{ steps.cee }}' }, cee: { derive: 'x' } }",
  ),
  'unknown name in a condition': steps("{ a: { ask: 'default', prompt: '{% if cell.tonne == \"calm\" %}x{% endif %}' } }"),
  'template not closed': steps("{ a: { ask: 'default', prompt: 'About {{ cell.topic' } }"),
  'template includes a file': steps("{ a: { ask: 'default', prompt: 'x {% include \"/etc/passwd\" %}' } }"),
  'template throws dice': steps("{ a: { ask: 'default', prompt: '{{ steps | sample }}' } }"),
  'unknown model': ts({
    models: "{ writer: 'openai:x', tutor: 'openai:y' }",
    recipe: "recipes.singleTurn({ user: 'writter', assistant: 'tutor' })",
  }),
  'no model for a role': ts({ models: "{ writer: 'openai:x', tutor: 'openai:y' }", recipe: "recipes.singleTurn({ user: 'writer' })" }),
  'unknown model in a step': { ...steps("{ a: { ask: 'writer', prompt: 'x' } }") },
  'condition that is always the same': steps("{ a: { derive: 'x', when: 'yes' }, b: { derive: 'x', when: '' } }"),
  'condition of another type': steps("{ a: { ask: 'default', prompt: 'x', when: true }, b: { derive: 'x', when: ['a'] } }"),
  'condition that reads a later step': steps(
    "{ a: { ask: 'default', prompt: 'x', when: '{{ steps.b == \"y\" }}' }, b: { run: ['wc'], when: '{{ cell.topik == \"late\" }}' } }",
  ),
  'shared command': steps("{ a: { run: ['wc'], shared: true }, b: { ask: 'default', prompt: 'x', shared: 'yes' } }"),
  'missing pattern': ts({ recipe: "recipes.conversation({ pattern: 'suport' as 'support' })" }),
  'pattern that is no conversation': yaml(
    'name: x\ndimensions: { topic: [a] }\nrecipe:\n  preset: conversation\n  pattern:\n    turns:\n      - { id: start, by: user, intent: ask }\n      - { id: more, by: user, intent: ask more }\n',
  ),
  'conversation with unknown names': ts({
    recipe: "recipes.conversation({ pattern: 'support', persona: 'tones', answer: ['topik'], resolved: { by: 'judge' } })",
  }),
  'one call that ends early': ts({ recipe: "recipes.conversation({ pattern: 'support', mode: 'one-call', resolved: { by: 'default' } })" }),
  'prompt and messages': steps("{ a: { ask: 'default', prompt: 'x', messages: [{ role: 'user', content: 'y' }] }, b: { ask: 'default' } }"),
  'step with a bad name': steps("{ a: { derive: 'x' }, 'my step': { derive: 'y' } }"),
  'quota for an unknown dimension': ts({ batches: '{ core: { size: 10, quota: { tune: { calm: 1, angry: 1 } } } }' }),
  'quota with a misspelled value': ts({ batches: '{ core: { size: 10, quota: { tone: { calm: 70, angri: 30 } } } }' }),
  'quota that leaves a value out': ts({ batches: '{ core: { size: 10, quota: { tone: { calm: 70 } } } }' }),
  'quota below zero': ts({ batches: '{ core: { size: 10, quota: { tone: { calm: 70, angry: -1 } } } }' }),
  'quota of nothing': ts({ batches: '{ core: { size: 10, quota: { tone: { calm: 0, angry: 0 } } } }' }),
  'quota without a size': ts({ batches: '{ core: { quota: { tone: { calm: 70, angry: 30 } } } }' }),
  'quota and pairwise': ts({ batches: "{ core: { size: 10, select: 'pairwise', quota: { tone: { calm: 70, angry: 30 } } } }" }),
  'unknown selection': ts({ batches: "{ core: { select: 'pairwize' } }" }),
  'covering five at once': ts({ batches: '{ core: { select: { tWay: 5 } } }' }),
  'batches in a circle': ts({ batches: "{ a: { after: ['c'] }, b: { after: ['a'] }, c: { after: ['b'] } }" }),
  'batch after itself': ts({ batches: "{ core: { after: ['core'] } }" }),
  'unknown batch': ts({ batches: "{ core: {}, rest: { after: ['cores'] } }", outputs: "{ train: { batches: ['rst'] } }" }),
  'duplicate check name': ts({ checks: "[checks.custom('polite', () => true), checks.custom('polite', () => true)]" }),
  'custom check without a function': yaml(
    'name: x\ndimensions: { topic: [a] }\nrecipe: { preset: singleTurn }\nchecks:\n  - { check: custom, name: polite }\n',
  ),
  'command check without its files': ts({
    checks:
      "[checks.command({ name: 'style', run: [''], files: ['none.txt'], env: ['A B'] }), checks.command({ name: 'style', run: ['true'], severity: 'warn', retry: true })]",
  }),
  'meaning without a model': ts({ checks: "[checks.semanticDuplicates({ model: 'nobody' as never })]" }),
  'a platform that takes other rows': ts({ outputs: "{ train: { for: 'gemini' }, pairs: { for: 'bedrock-claude' } }" }),
  'length without a bound': ts({ checks: "[checks.length({ of: 'user' }), checks.length({ of: 'user', min: 9, max: 3 })]" }),
  'length by nothing': ts({
    checks:
      "[checks.length({ of: 'user', by: 'topik', bounds: { a: { max: 9 } } }), checks.length({ of: 'user', by: 'topic', bounds: { c: { max: 9 }, a: { min: 9, max: 3 } } }), checks.length({ of: 'user', bounds: {} })]",
  }),
  'schema that is none': ts({ checks: "[checks.json({ schema: { type: 'objekt' } })]" }),
  'language that is not known': ts({ checks: "[checks.language({ is: 'english' })]" }),
  'contamination with nothing': {
    files: {
      ...ts({
        checks: "[checks.contamination({ files: ['eval.jsonl', 'broken.jsonl', '../out.jsonl', 'bare.jsonl'], fields: ['question'] })]",
      }).files,
      'broken.jsonl': '{"question": "a"}\n{"question": \n',
      'bare.jsonl': '{"q": "a"}\n',
    },
  },
  'measures that are none': ts({
    checks:
      '[checks.templates({ limits: { openning: { warn: 1 }, opening: {} } }), checks.share({ tpoic: [0.2, 0.3], topic: [0.3, 0.2] })]',
  }),
  'gate with a measure that is none': ts({
    checks: '[checks.templates(), checks.drift()]',
    batches: "{ all: { gate: { measures: ['template', 'drift'] } } }",
  }),
  'check that warns and sends back': ts({ checks: "[checks.refusal({ severity: 'warn', retry: true })]" }),
  'gate without measures': ts({ batches: '{ all: { gate: { measures: true } } }' }),
  // Models
  'unknown provider': ts({ models: "{ default: 'openia:gpt-5', other: 'gpt-5' }" }),
  'model without a model': ts({ models: "{ default: 'openai:' }" }),
  'simulate on a real model': ts({ models: "{ default: { use: 'openai:x', simulate: { seed: 1 } } }" }),
  'base url with a password': ts({ models: "{ default: { use: 'openai:x', baseUrl: 'http://me:hunter2@example.org/v1' } }" }),
  'base url that is none': ts({ models: "{ default: { use: 'openai:x', baseUrl: 'localhost:8000' } }" }),
  'pasted api key': ts({ models: "{ default: { use: 'openai:x', apiKeyEnv: 'sk-proj-hunter2' } }" }),
  'extra fields datagen decides': ts({
    models: "{ default: { use: 'openai:x', temperature: 1, extra: { stream: true, temperature: 2, api_key: 'hunter2' } } }",
  }),
  // Outputs
  'output path outside': ts({ outputs: "{ a: { path: '../a.jsonl' }, b: { path: '/tmp/b.jsonl' }, c: { path: 'x/../../c.jsonl' } }" }),
  'output path with a NUL': ts({ outputs: "{ a: { path: 'a\\0.jsonl' } }" }),
  'output path in the cache': ts({ outputs: "{ a: { path: '.datagen/a.jsonl' }, b: { path: 'data/b.txt' } }" }),
  'output path behind a link': {
    ...ts({ outputs: "{ a: { path: 'link/a.jsonl' } }" }),
    prepare: (project) => symlinkSync('/tmp', project.path('link')),
  },
  'two outputs with one file': ts({
    outputs: "{ a: { path: 'data/x.jsonl', holdout: { valid: 0.1 } }, b: { path: 'data/Valid.jsonl' }, c: { path: 'data/x.meta.jsonl' } }",
  }),
  'output over an input': {
    files: {
      'datagen.config.ts': script({ name: "file('data/seed.jsonl')", outputs: "{ a: { path: 'data/seed.jsonl' } }" }),
      'data/seed.jsonl': 'x',
    },
  },
  'format misspelled': ts({
    outputs: "{ a: { format: 'trl-preference' }, b: { format: 'alpaca' }, c: { format: 'sharegtp' } }",
  }),
  'pairs from one answer': ts({ outputs: "{ a: { format: 'trl-preference' }, b: { format: 'alpaca' } }" }),
  'holdout shares': ts({ outputs: '{ a: { holdout: { valid: 0, test: 1.5 } }, b: { holdout: { one: 0.6, two: 0.4 } } }' }),
  'holdout share not a number': ts({ outputs: '{ a: { holdout: { valid: NaN } } }' }),
}

for (const [name, { files, prepare, ...options }] of Object.entries(cases)) {
  test(`${name} is explained, and nothing is written`, async () => {
    Reflect.deleteProperty(globalThis, 'calls')
    using project = new Project(files)
    prepare?.(project)
    const before = project.tree()
    const error = await project.failure(options)
    expect(error.exitCode).toBe(2)
    expect(project.tree()).toEqual(before)
    const text = said(error.diagnostics, project.root)
    expect(text).not.toContain('hunter2')
    expect(Reflect.get({}, 'polluted')).toBe(undefined)
    await expect(text).toMatchFileSnapshot(`../../golden/errors/${name.replaceAll(' ', '-')}.txt`)
  })
}
