/** Faults of HTTP: what a server, a proxy or a network does to a request. H1–H27 of the catalogue. */
import type { StreamFault } from '../../../src/simulate/faults.ts'
import type { Fault } from '../../rig/server.ts'
import type { Story } from './story.ts'

const status = (code: number, error: unknown = { message: 'no' }, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
  body: JSON.stringify({ error }),
})
const rate = (headers: Record<string, string>): Fault => status(429, { code: 'rate_limit_exceeded', type: 'requests' }, headers)
const body = (text: string, type = 'application/json'): Fault => ({ kind: 'body', body: text, type })

/** Tried again, and then there is a good answer. */
const mended = { exit: 0, cell: 'accepted' as const }
/** Waits of what is tried again, as long as nobody says how long. */
const WAITS = [250, 500, 1_000, 2_000, 4_000]
const failedAfterAll = (code: string, says: RegExp) => ({ exit: 1, cell: `failed ${code}` as const, asked: 6, waits: WAITS, next: 1, says })
const refused = (code: string, says: RegExp) => ({ exit: 1, cell: `failed ${code}` as const, asked: 1, waits: [], next: 1, says })
/** Neither tried again nor asked as another attempt, and not by the next build. */
const filtered = { exit: 1, cell: 'rejected prompt-filtered' as const, asked: 1, waits: [] }
const ends = (code: string, says: RegExp) => ({ exit: 3, cell: `failed ${code}` as const, asked: 1, waits: [], next: 1, says })

export const HTTP_STORIES: readonly Story[] = [
  {
    id: 'H1',
    name: 'a 429 is waited for as long as it asks',
    fault: rate({ 'retry-after-ms': '1500' }),
    times: 1,
    ...mended,
    asked: 2,
    waits: [1_500],
    says: /answered 429$/m,
  },
  {
    id: 'H1',
    name: 'a 429 that asks for seconds',
    fault: rate({ 'retry-after': '2' }),
    times: 2,
    ...mended,
    asked: 3,
    waits: [2_000, 2_000],
    says: /answered 429$/m,
  },
  {
    id: 'H1',
    name: 'a 429 that says nothing is waited for, longer each time',
    fault: rate({}),
    times: 3,
    ...mended,
    asked: 4,
    waits: [375, 750, 1_500],
    says: /answered 429$/m,
  },
  {
    id: 'H2',
    name: 'the money is gone',
    fault: status(429, { code: 'insufficient_quota', type: 'insufficient_quota' }),
    ...ends('quota', /answered 429/),
  },
  {
    id: 'H2',
    name: 'the money is gone, by a code nobody knew',
    fault: status(429, { code: 'new', type: 'insufficient_quota' }),
    ...ends('quota', /answered 429/),
  },
  {
    id: 'H2',
    name: 'the money is gone, as OpenRouter says it',
    fault: status(402, { code: 402, message: 'Insufficient credits' }),
    ...ends('quota', /answered 402: Insufficient credits/),
  },
  {
    id: 'H3',
    name: 'a wait of a day is not slept through: the build ends and says so',
    fault: rate({ 'retry-after': '86400' }),
    ...ends('long-wait', /asks to come back in 24 hours/),
  },
  ...['Wed, 21 Oct 2015 07:28:00 GMT', 'NaN', '-5', '1e309', '0'].map(
    (wait): Story => ({
      id: 'H3',
      name: `Retry-After: ${wait} says nothing`,
      fault: rate({ 'retry-after': wait }),
      times: 1,
      ...mended,
      asked: 2,
      waits: [375],
      says: /answered 429$/m,
    }),
  ),
  {
    id: 'H4',
    name: 'Azure’s -1 left, back in 0, is no limit',
    fault: {
      kind: 'headers',
      headers: { 'x-ratelimit-limit-requests': '-1', 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '0' },
    },
    ...mended,
    asked: 1,
    waits: [],
  },
  ...[500, 502, 503, 529].map(
    (code): Story => ({
      id: 'H5',
      name: `${code} once`,
      fault: status(code),
      times: 1,
      ...mended,
      asked: 2,
      waits: [250],
      says: new RegExp(`answered ${code}: no`),
    }),
  ),
  { id: 'H5', name: '500 for ever', fault: status(500), ...failedAfterAll('server-error', /answered 500: no/) },
  ...[408, 409, 425].map(
    (code): Story => ({
      id: 'H6',
      name: `${code} is tried again`,
      fault: status(code),
      times: 1,
      ...mended,
      asked: 2,
      waits: [250],
      // A server may bill what took it too long.
      lost: code === 408 ? 1 : 0,
      says: new RegExp(`answered ${code}: no`),
    }),
  ),
  {
    id: 'H7',
    name: '400 is not tried again',
    fault: status(400, { message: 'bad field' }),
    ...refused('bad-request', /answered 400: bad field/),
  },
  { id: 'H7', name: '413 is not tried again', fault: status(413), ...refused('too-large', /answered 413: no/) },
  { id: 'H7', name: '422 is not tried again', fault: status(422), ...refused('bad-request', /answered 422: no/) },
  {
    id: 'H7',
    name: '401 ends the build',
    fault: status(401, { message: 'Incorrect API key provided: sk-abcdefghijklmnopqrstuv' }),
    ...ends('auth', /answered 401: Incorrect API key provided: \*\*\*$/m),
  },
  { id: 'H7', name: '403 ends the build', fault: status(403), ...ends('auth', /answered 403: no/) },
  { id: 'H7', name: '404 ends the build', fault: status(404, { code: 'model_not_found' }), ...ends('unknown-model', /answered 404/) },
  {
    id: 'H8',
    name: 'a prompt that a filter refused is remembered with what the filter says',
    fault: status(400, {
      code: 'content_filter',
      message: 'The prompt was filtered',
      innererror: {
        content_filter_result: { violence: { filtered: true, severity: 'medium' }, hate: { filtered: false, severity: 'safe' } },
      },
    }),
    ...filtered,
    says: /filter did not let the prompt through: The prompt was filtered \(violence medium\)/,
  },
  {
    id: 'H8',
    name: 'a prompt that a router’s moderation refused',
    fault: status(403, { code: 403, message: 'Moderated', metadata: { reasons: ['violence'], flagged_input: '…' } }),
    ...filtered,
    says: /Moderated \(violence\)/,
  },
  {
    id: 'H8',
    name: 'a filtered prompt inside a 200',
    fault: body('{"error":{"code":"content_filter","message":"no"}}'),
    ...filtered,
    says: /prompt through: no/,
  },
  {
    id: 'H9',
    // On a connection that has served it cannot be told from one that was closed for being idle (H23).
    name: 'a reset before the headers is a try unless it may have been a connection that was idle',
    fault: { kind: 'reset', when: 'before-headers' },
    times: 3,
    ...mended,
    asked: 4,
    waits: [0, 250, 500],
    lost: 3,
    says: /closed an idle connection.*closed the connection before the answer was complete/s,
  },
  {
    id: 'H9',
    name: 'a reset before the headers, for ever',
    fault: { kind: 'reset', when: 'before-headers' },
    ...failedAfterAll('connection-lost', /closed the connection before the answer was complete/),
    asked: 7,
    waits: [0, ...WAITS],
    lost: 7,
  },
  ...(['after-headers', 'mid-body'] as const).map(
    (when): Story => ({
      id: 'H9',
      name: `a reset ${when}`,
      fault: { kind: 'reset', when },
      times: 1,
      ...mended,
      asked: 2,
      waits: [250],
      lost: 1,
      says: /closed the connection before the answer was complete/,
    }),
  ),
  {
    id: 'H10',
    name: 'never an answer',
    fault: { kind: 'hang' },
    times: 1,
    model: { timeoutSeconds: 0.3 },
    ...mended,
    asked: 2,
    waits: [250],
    lost: 1,
    says: /did not answer within 0\.3 s/,
  },
  {
    id: 'H11',
    name: 'one byte at a time',
    fault: { kind: 'drip', everyMs: 20 },
    times: 1,
    model: { timeoutSeconds: 0.3 },
    ...mended,
    asked: 2,
    waits: [250],
    lost: 1,
    says: /did not answer within 0\.3 s/,
  },
  {
    id: 'H12',
    name: 'a captive portal',
    fault: { kind: 'html' },
    ...failedAfterAll(
      'html',
      /a web page, not JSON: "Sign in to the network", text\/html: <!doctype html><html><head><title>Sign in to the network<.*is kept to be looked at/s,
    ),
  },
  {
    id: 'H12',
    name: 'a captive portal that goes away',
    fault: { kind: 'html' },
    times: 2,
    ...mended,
    asked: 3,
    waits: [250, 500],
    says: /a web page, not JSON/,
  },
  {
    id: 'H12',
    name: 'an empty body',
    fault: body('', 'text/plain'),
    ...failedAfterAll('empty-body', /200 with an empty body \(text\/plain\)/),
    lost: 6,
  },
  {
    id: 'H12',
    name: 'null',
    fault: body('null'),
    ...failedAfterAll('no-choices', /the answer is null, .*, application\/json: null/),
    lost: 6,
  },
  {
    id: 'H12',
    name: 'a list',
    fault: body('[]'),
    ...failedAfterAll('no-choices', /the answer is an array, .*, application\/json: \[\]/),
    lost: 6,
  },
  {
    id: 'H12',
    name: 'bytes that are no text, and escapes',
    fault: { kind: 'body', body: Buffer.from('\u001b[2J\xff\x9b', 'latin1').toString('base64'), encoding: 'base64', type: 'x/\u009b31m' },
    ...failedAfterAll('invalid-utf8', /not valid UTF-8, x\/\\x9b31m: \\x1b\[2J\\xff\\x9b/),
    lost: 6,
  },
  {
    id: 'H13',
    name: 'an overload inside a 200',
    fault: body('{"error":{"message":"busy","code":"server_is_overloaded"}}'),
    times: 1,
    ...mended,
    asked: 2,
    waits: [250],
    says: /200 with an error inside: busy/,
  },
  {
    id: 'H13',
    name: 'no money inside a 200',
    fault: body('{"error":{"message":"no","code":"insufficient_quota"}}'),
    ...ends('quota', /200 with an error inside: no/),
  },
  {
    id: 'H14',
    name: 'JSON that stops in the middle',
    fault: { kind: 'truncated-json' },
    ...failedAfterAll('truncated-json', /not whole JSON \(\d+ bytes\), application\/json: \{"id":"/),
    lost: 6,
  },
  {
    id: 'H14',
    name: 'JSON with something behind it',
    fault: body('{"id":"x"} trailing'),
    ...failedAfterAll('truncated-json', /\(19 bytes\), application\/json: \{"id":"x"\} trailing/),
    lost: 6,
  },
  {
    id: 'H14',
    name: 'two JSON documents',
    fault: body('{"id":"x"}{"id":"y"}'),
    ...failedAfterAll('truncated-json', /\(20 bytes\), application\/json: \{"id":"x"\}\{"id":"y"\}/),
    lost: 6,
  },
  ...(['chat', 'responses'] as const).flatMap((api): Story[] => {
    const model = { api, stream: true }
    const broken = { times: 1, model, ...mended, asked: 2, waits: [250], lost: 1 }
    const whole = { model, ...mended, asked: 1, waits: [] }
    const story = (kind: StreamFault, name: string, outcome: Omit<Story, 'id' | 'name' | 'fault'>): Story => ({
      id: 'H15',
      name: `${api}: ${name}`,
      fault: { kind },
      ...outcome,
    })
    return [
      story('stream-cut', 'a stream that ends in the middle', { ...broken, says: /the stream ended in the middle of the answer/ }),
      story('stream-error', 'a stream with an error in the middle', {
        ...broken,
        says: /with an error inside: The server had an error/,
      }),
      story('stream-reset', 'a stream whose connection breaks', {
        ...broken,
        says: /closed the connection before the answer was complete/,
      }),
      story('stream-stall', 'a stream that says nothing more', {
        ...broken,
        model: { ...model, timeoutSeconds: 0.3 },
        says: /did not answer within 0\.3 s|nothing more came within/,
      }),
      story('stream-comments', 'comments between the events', whole),
      story('stream-line-ends', 'all kinds of line ends', whole),
      story('stream-split', 'one byte a packet', whole),
    ]
  }),
  {
    id: 'H15',
    name: 'a stream that is done and says not why',
    fault: { kind: 'stream-no-finish' },
    model: { stream: true },
    exit: 1,
    cell: 'rejected no-finish',
    asked: 2,
    waits: [],
    says: /does not say why it ended/,
  },
  {
    id: 'H18',
    name: 'a bomb of 200 MB',
    fault: { kind: 'gzip', bytes: 200 * 1024 * 1024 },
    ...refused('answer-too-large', /more than 32 MiB/),
    lost: 1,
  },
  { id: 'H18', name: 'a body without end', fault: { kind: 'endless' }, ...refused('answer-too-large', /more than 32 MiB/), lost: 1 },
  {
    id: 'H18',
    name: 'a body that is shorter than it says',
    fault: { kind: 'short-body' },
    times: 1,
    ...mended,
    asked: 2,
    waits: [250],
    lost: 1,
    says: /closed the connection/,
  },
  ...[301, 302, 307, 308].map(
    (code): Story => ({
      id: 'H19',
      name: `${code} to another host`,
      fault: { kind: 'redirect', status: code, location: 'http://169.254.169.254/latest?token=x' },
      ...ends('redirect', /a redirect to 169\.254\.169\.254; redirects are not followed, so correct the base URL/),
    }),
  ),
  {
    id: 'H19',
    name: '307 to the same host',
    fault: { kind: 'redirect', status: 307, location: '/v2/chat/completions' },
    ...ends('redirect', /a redirect to 127\.0\.0\.1:\d+; redirects are not followed/),
  },
  {
    id: 'H23',
    name: 'a connection that is closed as the next request comes',
    fault: { kind: 'close-after' },
    ...mended,
    asked: 1,
    waits: [],
    // The call that came too late is another cell's: nobody can tell that it was not read.
    lost: 1,
  },
  ...[-1, 1].map(
    (days): Story => ({
      id: 'H25',
      name: `the server’s clock is ${days} day off: ten seconds are ten seconds`,
      fault: rate({ date: dateIn(days * 86_400), 'retry-after': dateIn(days * 86_400 + 10) }),
      times: 1,
      ...mended,
      asked: 2,
      waits: [10_000],
      says: /answered 429$/m,
    }),
  ),
  {
    id: 'H25',
    name: 'a date that is a day ahead of the server’s own clock is a day’s wait',
    fault: rate({ date: dateIn(0), 'retry-after': dateIn(86_400) }),
    ...ends('long-wait', /asks to come back in 24 hours/),
  },
]

function dateIn(seconds: number): string {
  return new Date(Date.UTC(2026, 5, 1) + seconds * 1000).toUTCString()
}
