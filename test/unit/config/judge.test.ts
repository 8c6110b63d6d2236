/** Judge checks of a config: names resolved, thresholds apart from what is asked, the prompt word for word. */
import { expect, test } from 'vitest'
import type { Config, JudgeCheck, Rubric } from '../../../schema/config.ts'
import { presetNames, readPreset } from '../../../src/config/presets.ts'
import { askRequest } from '../../../src/plan/render.ts'
import { compileSchema } from '../../../src/util/json-schema.ts'
import { datasetOf, wrong } from './dataset.ts'

const models = { default: 'openai:gpt-5-mini', judge: 'openai:judge' }
const rubric: Rubric = {
  criteria: [
    {
      id: 'truth',
      guide: 'Is it true?',
      example: 'Paris is in Spain.',
      pass: 'yes',
      levels: [
        { id: 'no', guide: 'A sentence is false.' },
        { id: 'yes', guide: 'Every sentence is true.' },
      ],
    },
  ],
}
const judged = (check: Partial<JudgeCheck>, more: Partial<Config> = {}): Partial<Config> => ({
  models,
  checks: [{ check: 'judge', by: 'judge', rubric, ...check }],
  ...more,
})
const context = {
  cell: { topic: 'late' },
  guide: { topic: 'late' },
  steps: { user: 'Where is it?', assistant: 'On its way.' },
  sample: 0,
  covered: [],
  remarks: [],
}

test('what a judge is asked, word for word', async () => {
  const { dataset } = await datasetOf(judged({}))
  const step = dataset.recipe.steps.at(-1)
  if (step?.kind !== 'ask') throw new Error('no judge')
  expect(step.name).toBe('judge:judge')
  const { body } = askRequest(step, context)
  const told = (body['messages'] as { content: string }[]).map(({ content }) => content).join('\n\n')
  await expect(`${told}\n\n${JSON.stringify(body['response_format'], null, 2)}\n`).toMatchFileSnapshot('../../golden/prompts/judge.txt')
})

test('what a judge that compares is asked, word for word', async () => {
  const { dataset } = await datasetOf({
    models,
    recipe: { preset: 'preference', from: 'weakened' },
    checks: [{ check: 'judge', by: 'judge', compare: true }],
  })
  const [first, second] = dataset.recipe.steps.slice(-2)
  if (first?.kind !== 'ask' || second?.kind !== 'ask') throw new Error('no judge')
  expect([first.name, second.name]).toEqual(['judge:judge:chosen-first', 'judge:judge:rejected-first'])
  const pair = { ...context, steps: { ...context.steps, weakened: 'Who knows.' } }
  const texts = [first, second].map((step) => {
    const { body } = askRequest(step, pair)
    const told = (body['messages'] as { content: string }[]).map(({ content }) => content).join('\n\n')
    return { told, format: JSON.stringify(body['response_format'], null, 2) }
  })
  await expect(`${texts[0]?.told}\n\n${texts[0]?.format}\n`).toMatchFileSnapshot('../../golden/prompts/judge-pairs.txt')
  // The other order differs in nothing but the order, and in the mark that follows from the words.
  const swapped = texts[1]?.told.replace('Answer A:', 'Answer x:').replace('Answer B:', 'Answer A:').replace('Answer x:', 'Answer B:')
  expect(texts[1]?.format).toBe(texts[0]?.format)
  const sorted = (text = '') =>
    text
      .replace(/[0-9a-f]{12}/g, 'mark')
      .split('\n')
      .sort()
  expect(sorted(swapped)).toEqual(sorted(texts[0]?.told))
})

test('a judge that compares needs pairs, and weighs all criteria at once', async () => {
  expect(await wrong(judged({ compare: true }))).toEqual(['the recipe makes no rejected answer, so there is nothing to compare'])
  const pairs = (check: Partial<JudgeCheck>) => judged({ compare: true, ...check }, { recipe: { preset: 'preference' } })
  expect(await wrong(pairs({ separate: true }))).toEqual([
    'a judge that compares weighs the criteria against each other, so it asks about all at once',
  ])
  expect(await wrong(pairs({ min: 'yes' }))).toEqual(['no criterion of the rubric has the level "yes"'])
  expect(await wrong(pairs({ rubric: { criteria: [{ ...(rubric.criteria[0] as Rubric['criteria'][number]), id: 'overall' }] } }))).toEqual([
    '"overall" is what the judge says of the whole pair, so no criterion can be called so',
  ])
})

test('every criterion of every rubric is asked for with its levels, reasons first', async () => {
  for (const name of presetNames('rubrics').filter((one) => one !== 'adherence')) {
    const { dataset } = await datasetOf(judged({ rubric: name }))
    const step = dataset.recipe.steps.at(-1)
    if (step?.kind !== 'ask' || step.schema === undefined) throw new Error('no judge')
    const { criteria } = readPreset('rubrics', name)
    const properties = step.schema['properties'] as { [id: string]: { properties: object; required: string[] } }
    expect(Object.keys(properties)).toEqual([...criteria.map(({ id }) => id), 'weakest'])
    for (const { id, levels } of criteria) {
      expect(Object.entries(properties[id]?.properties ?? {})).toEqual([
        ['reasoning', { type: 'string' }],
        ['level', { type: 'string', enum: levels.map((level) => level.id) }],
      ])
    }
    expect(compileSchema(step.schema)({})).toContain('required')
  }
})

test('thresholds are in the check and in no request', async () => {
  const steps = async (check: Partial<JudgeCheck>) => {
    const { dataset } = await datasetOf(judged(check))
    const step = dataset.recipe.steps.at(-1)
    return { asked: step?.kind === 'ask' && JSON.stringify(askRequest(step, context)), rule: dataset.checks[0]?.rule }
  }
  const [plain, low, by] = [await steps({}), await steps({ min: 'no' }), await steps({ min: { truth: 'no' } })]
  expect([low.asked, by.asked]).toEqual([plain.asked, plain.asked])
  const rule = (min: string) => ({ check: 'judge', criteria: [{ id: 'truth', step: 'judge:judge', levels: ['no', 'yes'], min }] })
  expect([plain.rule, low.rule, by.rule]).toMatchObject([rule('yes'), rule('no'), rule('no')])
})

test('the rubric of a check that names none is the format’s', async () => {
  const criteria = async (more: Partial<Config>) => {
    const { dataset } = await datasetOf({ models, checks: [{ check: 'judge', by: 'judge' }], ...more })
    const rule = dataset.checks[0]?.rule
    return rule?.check === 'judge' ? rule.criteria.map(({ id }) => id) : []
  }
  expect(await criteria({})).toEqual(readPreset('rubrics', 'conversation').criteria.map(({ id }) => id))
  for (const name of presetNames('formats'))
    expect(await criteria({ format: name })).toEqual(readPreset('rubrics', name).criteria.map(({ id }) => id))
})

test('adherence asks about each dimension of the cell, or about those chosen', async () => {
  const ids = async (check: Partial<JudgeCheck>) => {
    const { dataset } = await datasetOf(judged({ rubric: 'adherence', ...check }, { dimensions: { b: ['x'], a: ['y'], c: ['z'] } }))
    const rule = dataset.checks[0]?.rule
    return rule?.check === 'judge' ? rule.criteria.map(({ id }) => id) : []
  }
  expect(await ids({})).toEqual(['a', 'b', 'c'])
  expect(await ids({ dimensions: ['c', 'a'] })).toEqual(['a', 'c'])
})

test('names that do not exist are found', async () => {
  expect(await wrong(judged({ by: 'juge' }))).toEqual(['there is no model "juge"'])
  expect(await wrong(judged({ rubric: 'conversations' }))).toEqual(['there is no rubric "conversations"'])
  expect(await wrong(judged({ min: 'maybe' }))).toEqual(['no criterion of the rubric has the level "maybe"'])
  expect(await wrong(judged({ min: { truth: 'maybe' } }))).toEqual(['the criterion "truth" has no level "maybe"'])
  expect(await wrong(judged({ min: { truht: 'yes' } }))).toEqual(['the rubric has no criterion "truht"'])
  expect(await wrong(judged({ where: { topic: 'lte' } }))).toEqual(['dimension "topic" has no value "lte"'])
  expect(await wrong(judged({ dimensions: ['topic'] }))).toEqual(['the rubric does not look at each dimension, so none can be chosen'])
  expect(await wrong(judged({ rubric: 'adherence', dimensions: ['topik'] }))).toEqual(['there is no dimension "topik"'])
})

test('a rubric that contradicts itself is found', async () => {
  const [criterion] = rubric.criteria as [Rubric['criteria'][number]]
  const made = (...criteria: Rubric['criteria']) => judged({ rubric: { criteria } })
  expect(await wrong(made(criterion, criterion))).toEqual(['the rubric has the criterion "truth" twice'])
  expect(await wrong(made({ ...criterion, pass: 'sure' }))).toEqual(['the criterion "truth" has no level "sure"'])
  expect(await wrong(made({ ...criterion, levels: [...criterion.levels, ...criterion.levels] }))).toEqual([
    'the criterion "truth" has a level twice',
  ])
  expect(await wrong(made({ ...criterion, id: 'weakest' }))).toEqual([
    '"weakest" is what the judge says of the whole rubric, so no criterion can be called so',
  ])
})
