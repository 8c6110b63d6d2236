/** The faults that have a name, for the command line and for scripts. */
import type { Fault } from './faults.ts'

export interface NamedFault {
  readonly name: string
  /** Where it strikes: the HTTP answer, the connection, the body, what the model says, or a stream. */
  readonly group: 'refusal' | 'connection' | 'body' | 'answer' | 'stream'
  readonly what: string
  readonly fault: Fault
}

const status = (code: number, error: unknown, headers: { readonly [name: string]: string } = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
  body: JSON.stringify({ error }),
})
const error = (message: string, type: string, code: string | null = null) => ({ message, type, param: null, code })
const content = (text: string, finish: string | null = 'stop'): Fault => ({ kind: 'content', content: text, finish })
const body = (text: string, type = 'application/json'): Fault => ({ kind: 'body', body: text, type })

const GROUPS: { readonly [group in NamedFault['group']]: readonly (readonly [name: string, what: string, fault: Fault])[] } = {
  refusal: [
    [
      'rate-limit',
      '429, with Retry-After: 1',
      status(429, error('Rate limit reached.', 'requests', 'rate_limit_exceeded'), { 'retry-after': '1' }),
    ],
    [
      'slow-down',
      '429 slow_down: within the limit, but ramped up too fast',
      status(429, error('Slow down.', 'rate_limit_error', 'slow_down')),
    ],
    [
      'long-wait',
      '429, with Retry-After: a day',
      status(429, error('Rate limit reached.', 'requests', 'rate_limit_exceeded'), { 'retry-after': '86400' }),
    ],
    [
      'quota',
      '429 insufficient_quota: the money is gone',
      status(429, error('You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota')),
    ],
    ['no-credit', '402: the money is gone, as OpenRouter says it', status(402, { code: 402, message: 'Insufficient credits.' })],
    ['timeout', '408', status(408, error('Request timeout.', 'server_error'))],
    ['conflict', '409', status(409, error('Conflict.', 'server_error'))],
    ['server-error', '500', status(500, error('The server had an error.', 'server_error', 'server_error'))],
    [
      'bad-gateway',
      '502, with a web page',
      { kind: 'status', status: 502, headers: { 'content-type': 'text/html' }, body: '<html><title>502 Bad Gateway</title></html>' },
    ],
    ['unavailable', '503', status(503, error('Service unavailable.', 'service_unavailable_error'))],
    ['overloaded', '529 overloaded_error', status(529, error('Overloaded.', 'overloaded_error'))],
    ['bad-request', '400', status(400, error('Invalid request.', 'invalid_request_error'))],
    [
      'content-filter',
      '400 content_filter: the prompt was not let through',
      status(400, error('The prompt was filtered.', 'invalid_request_error', 'content_filter')),
    ],
    ['context-length', '400 context_length_exceeded', status(400, error('Too long.', 'invalid_request_error', 'context_length_exceeded'))],
    ['unauthorized', '401: a wrong key', status(401, error('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'))],
    ['forbidden', '403', status(403, error('Not allowed.', 'permission_error'))],
    ['unknown-model', '404 model_not_found', status(404, error('The model does not exist.', 'invalid_request_error', 'model_not_found'))],
    ['too-large', '413', status(413, error('Request too large.', 'invalid_request_error'))],
    ['redirect', '307 to another host', { kind: 'redirect', status: 307, location: 'http://elsewhere.invalid/v1/chat/completions' }],
  ],
  connection: [
    ['reset', 'the connection breaks before an answer', { kind: 'reset', when: 'before-headers' }],
    ['reset-headers', 'the connection breaks after the headers', { kind: 'reset', when: 'after-headers' }],
    ['reset-body', 'the connection breaks in the middle of the body', { kind: 'reset', when: 'mid-body' }],
    ['short-body', 'fewer bytes than content-length says', { kind: 'short-body' }],
    ['hang', 'never an answer', { kind: 'hang' }],
    ['drip', 'one byte a second', { kind: 'drip', everyMs: 1000 }],
    ['close-after', 'a good answer, and the connection closes as the next request comes', { kind: 'close-after' }],
  ],
  body: [
    ['html', '200 with a web page, as a captive portal sends it', { kind: 'html' }],
    ['empty-body', '200 with nothing', { kind: 'empty' }],
    ['null-body', '200 with null', body('null')],
    ['array-body', '200 with []', body('[]')],
    ['error-in-body', '200 with an error inside', body(JSON.stringify({ error: error('Provider returned error', 'server_error') }))],
    ['truncated-json', 'JSON that stops in the middle', { kind: 'truncated-json' }],
    ['two-documents', 'two JSON values one after the other', body('{"id":"x"}{"id":"y"}')],
    ['no-choices', 'an answer without choices', { kind: 'no-choices' }],
    ['no-usage', 'no token counts', { kind: 'usage' }],
    [
      'wrong-usage',
      'token counts that cannot be',
      { kind: 'usage', usage: { prompt_tokens: -5, completion_tokens: 1e12, total_tokens: 'many' } },
    ],
    ['replay', 'the answer of the request before, once more', { kind: 'replay' }],
    ['other-model', 'another model answers than was asked', { kind: 'other-model' }],
    ['prompt-cut', 'the usage says that a third of the prompt was read', { kind: 'prompt-cut' }],
    ['gzip-bomb', '200 MB of zeros, compressed', { kind: 'gzip', bytes: 200 * 1024 * 1024 }],
    ['endless', 'a body without end', { kind: 'endless' }],
    [
      'bad-utf8',
      'bytes that are no text',
      {
        kind: 'body',
        body: Buffer.from('{"choices":[{"message":{"content":"\xff\xfe"},"finish_reason":"stop"}]}', 'latin1').toString('base64'),
        encoding: 'base64',
      },
    ],
  ],
  answer: [
    ['null-content', 'no content', { kind: 'null-content' }],
    ['empty-content', 'an empty text', content('')],
    ['refusal', 'the model refuses', { kind: 'refusal' }],
    ['tool-calls', 'a call of a tool that nobody offered', { kind: 'tool-calls' }],
    ['length', 'cut off at its token limit', { kind: 'length' }],
    ['filtered', 'stopped by the content filter', content('I was about to', 'content_filter')],
    ['no-finish', 'no reason why it ended', content('An answer.', null)],
    ['not-json', 'almost JSON', content('Sure, here it is: {"almost": ')],
    ['ansi', 'escapes that would rule a terminal', { kind: 'ansi' }],
    ['lone-surrogate', 'half of a character', content('half \ud83d of it')],
    ['markup', 'markup that would run in a page', content('<script>alert(1)</script><img src=x onerror=alert(1)>')],
  ],
  stream: [
    ['stream-cut', 'ends in the middle', { kind: 'stream-cut' }],
    ['stream-no-finish', 'says that it is done, but not why', { kind: 'stream-no-finish' }],
    ['stream-error', 'an error in the middle', { kind: 'stream-error' }],
    ['stream-stall', 'nothing after the first event', { kind: 'stream-stall' }],
    ['stream-reset', 'the connection breaks in the middle', { kind: 'stream-reset' }],
    ['stream-comments', 'comments between the events (legal)', { kind: 'stream-comments' }],
    ['stream-line-ends', 'all kinds of line ends (legal)', { kind: 'stream-line-ends' }],
    ['stream-split', 'one byte a packet (legal)', { kind: 'stream-split' }],
  ],
}

export const NAMED_FAULTS: readonly NamedFault[] = Object.entries(GROUPS).flatMap(([group, faults]) =>
  faults.map(([name, what, fault]) => ({ name, group: group as NamedFault['group'], what, fault })),
)

export function faultNamed(name: string): NamedFault | undefined {
  return NAMED_FAULTS.find((one) => one.name === name)
}
