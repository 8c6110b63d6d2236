/** Limits as servers say them. */
import { expect, test } from 'vitest'
import { readServerLimits, type ServerLimits } from '../../../../src/generate/rate/server-limits.ts'

const rate = (limit: string, remaining: string, reset: string, what = 'requests') => ({
  [`x-ratelimit-limit-${what}`]: limit,
  [`x-ratelimit-remaining-${what}`]: remaining,
  [`x-ratelimit-reset-${what}`]: reset,
})

test.each<[string, Record<string, string>, ServerLimits | undefined]>([
  ['nothing said is nothing known', {}, undefined],
  ['OpenAI', rate('60', '59', '1s'), { requests: { perMinute: 60 } }],
  ['OpenAI, tokens', rate('150000', '149000', '400ms', 'tokens'), { tokens: { perMinute: 150_000 } }],
  ['a Go duration with several units and a fraction', rate('6000', '3000', '30.5s'), { requests: { perMinute: 6_000 } }],
  [
    'of a rate, the first request is back long before all are',
    rate('60', '0', '1m0s'),
    { requests: { perMinute: 60, usedUpForMs: 1_000 } },
  ],
  ['Groq’s requests are for the day', rate('14400', '14370', '2m59.56s'), undefined],
  ['a day used up is waited for, a quarter of an hour at most', rate('14400', '0', '6h0m0s'), { requests: { usedUpForMs: 900_000 } }],
  ['Azure’s unknowns', rate('-1', '-1', '0'), undefined],
  ['Azure’s bare seconds', rate('100', '50', '30', 'tokens'), { tokens: { perMinute: 100 } }],
  ['nothing of it used, nothing to tell the period by', rate('60', '60', '1s'), undefined],
  ['a limit alone is one a minute', { 'x-ratelimit-limit-requests': '500' }, { requests: { perMinute: 500 } }],
  ['a limit of nothing is none', rate('0', '0', '0'), undefined],
  ['numbers that are none', rate('many', 'some', 'soon'), undefined],
  ['numbers beyond reason', rate('99999999999999', '1', '1s'), undefined],
  [
    'Anthropic',
    {
      date: 'Fri, 27 Nov 2026 00:00:00 GMT',
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-27T00:00:20Z',
      'anthropic-ratelimit-tokens-limit': '40000',
      'anthropic-ratelimit-tokens-remaining': '39000',
      'anthropic-ratelimit-tokens-reset': '2026-11-27T00:00:02Z',
    },
    { requests: { perMinute: 50, usedUpForMs: 20_000 }, tokens: { perMinute: 40_000 } },
  ],
])('%s', (_, headers, expected) => {
  expect(readServerLimits((name) => headers[name])).toEqual(expected)
})
