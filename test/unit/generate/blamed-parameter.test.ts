import { describe, expect, it } from 'vitest'
import { blamedParameter, fieldIn, validatorWords } from '../../../src/generate/blamed-parameter.ts'
import { failureOfStatus } from '../../../src/generate/failure.ts'

describe('the field that an error blames', () => {
  it.each([
    ['OpenAI', { error: { message: 'no', param: 'temperature', code: 'unsupported_value' } }, 'temperature'],
    ['a path', { error: { message: 'no', param: 'response_format.json_schema.schema' } }, 'response_format'],
    ['an index', { error: { message: 'no', param: 'messages[0].content' } }, 'messages'],
    ['FastAPI', { detail: [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }] }, 'seed'],
    ['Mistral', { object: 'error', message: { detail: [{ loc: ['body', 'seed'], msg: 'Extra' }] }, param: null }, 'seed'],
    ['JSON in a text', { message: '{"detail":[{"type":"extra_forbidden","loc":["body","frequency_penalty"]}]}' }, 'frequency_penalty'],
    ['vLLM', { message: "1 validation error:\n {'type': 'greater_than', 'loc': ('body', 'top_k'), 'msg': 'x'}", param: null }, 'top_k'],
    ['a status as param', { error: { message: 'no', param: '500' } }, undefined],
    ['a hostile param', { error: { message: 'no', param: 'a\u001b[2Jb' } }, undefined],
    ['nothing', { error: { message: 'bad request' } }, undefined],
    ['a text', { error: 'bad request' }, undefined],
    ['no object', null, undefined],
    ['a list of nothing', { detail: [] }, undefined],
  ])('of %s', (_, body, field) => {
    expect(blamedParameter(body)).toBe(field)
  })

  it('is found in words by its own name, and by an ordinary word only in quotes', () => {
    const fields = ['response_format', 'stop', 'seed']
    expect(fieldIn('This response_format type is unavailable now', fields)).toBe('response_format')
    expect(fieldIn("'response_format.type' must be 'json_schema' or 'text'", fields)).toBe('response_format')
    expect(fieldIn('we had to stop here', fields)).toBe(undefined)
    expect(fieldIn('`seed` is not supported', fields)).toBe('seed')
    expect(fieldIn('my_response_format_x', fields)).toBe(undefined)
  })

  it('is said with what a validator says of it', () => {
    const detail = [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }]
    expect(validatorWords(detail)).toBe('seed: Extra inputs are not permitted')
    expect(validatorWords({ detail })).toBe('seed: Extra inputs are not permitted')
    const failure = failureOfStatus({ status: 422, body: { detail }, header: () => undefined, host: 'h', redact: (text) => text })
    expect(failure).toEqual({
      kind: 'refused',
      code: 'bad-request',
      message: 'h answered 422: seed: Extra inputs are not permitted',
      parameter: 'seed',
    })
  })
})
