/**
 * The Batch API: a job goes through its states, and then there are files of results, as good or as bad as the script wants them.
 *
 *   validating ─▶ in_progress ─▶ finalizing ─▶ completed | expired | cancelled
 *        └─▶ failed
 */
import type { JsonObject } from '../../schema/json.ts'
import { sayTo } from './answering.ts'
import { chat } from './chat.ts'
import { type JobRule, type LineRule, matches } from './job-rules.ts'
import { responses } from './responses.ts'
import type { Dialect, Said } from './said.ts'
import { type Handler, type Routes, type State, sendError, sendJson, type Visit } from './state.ts'

/** The limits that OpenAI documents. */
const MOST_REQUESTS = 50_000
const MOST_BYTES = 200_000_000

type Status = 'validating' | 'in_progress' | 'finalizing' | 'completed' | 'failed' | 'expired' | 'cancelling' | 'cancelled'
const FINAL: ReadonlySet<Status> = new Set(['completed', 'failed', 'expired', 'cancelled'])

/** What requests of a job may be for. Azure says so without the version, and looks at the lines alone. */
const DIALECTS: { readonly [path: string]: Dialect | undefined } = { '/chat/completions': chat, '/responses': responses }

interface Line {
  readonly customId: string
  readonly url: string
  readonly text: string
  readonly body: JsonObject
}

export interface BatchJob {
  readonly id: string
  /** From 0, in order of creation. */
  readonly index: number
  readonly inputFileId: string
  readonly endpoint: string
  readonly metadata: JsonObject
  readonly rule: JobRule
  readonly lines: readonly Line[]
  readonly createdAt: number
  readonly problem: JsonObject | undefined
  status: Status
  looks: number
  output: string | undefined
  errors: string | undefined
  /** What was said to its first request. */
  first: Said | undefined
  completed: number
  failed: number
}

/** The jobs of one server. */
export class JobBoard {
  readonly jobs: BatchJob[] = []
  /** How often each name was handed in, over all jobs that were made. */
  readonly submitted = new Map<string, number>()
}

export function batchRoutes(state: State): Routes {
  const named =
    (use: (job: BatchJob, ...rest: Parameters<Handler>) => void): Handler =>
    (visit, response) => {
      const job = state.board.jobs.find(({ id }) => id === visit.places['id'])
      if (job) use(job, visit, response)
      else sendError(response, 404, `No batch found with id '${visit.places['id']}'.`, 'not_found')
    }
  return {
    'POST /v1/batches': (visit, response) => {
      state.ledger.arrived()
      const job = create(visit, state)
      if (typeof job === 'string') return sendError(response, 400, job)
      // Made, and whoever asked for it is told something else.
      if (job.rule.answer === 'reset') return void response.socket?.resetAndDestroy()
      if (job.rule.answer === 'error') return sendError(response, 500, 'The server had an error while processing your request.')
      return sendJson(response, facts(job))
    },
    'GET /v1/batches': ({ query }, response) => {
      const newest = state.board.jobs.filter(({ rule }) => !rule.hidden).toReversed()
      const after = query.get('after')
      const from = after === null ? 0 : newest.findIndex(({ id }) => id === after) + 1
      const limit = Number(query.get('limit') ?? 20)
      sendJson(response, { object: 'list', data: newest.slice(from, from + limit).map(facts), has_more: newest.length > from + limit })
    },
    'GET /v1/batches/:id': named((job, _, response) => {
      moveOn(job, state)
      sendJson(response, facts(job))
    }),
    'POST /v1/batches/:id/cancel': named((job, _, response) => {
      if (FINAL.has(job.status)) return sendError(response, 409, `Cannot cancel a batch with status '${job.status}'.`)
      job.status = 'cancelling'
      return sendJson(response, facts(job))
    }),
  }
}

function create({ text }: Visit, state: State): BatchJob | string {
  const { board, shelf, personality, clock } = state
  const asked = JSON.parse(text) as { input_file_id?: string; endpoint?: string; metadata?: JsonObject }
  const file = shelf.files.get(asked.input_file_id ?? '')
  if (!file) return `No such File object: ${asked.input_file_id}`
  const { endpoint = '' } = asked
  if (!dialectOf(endpoint)) return `Invalid value for 'endpoint': '${endpoint}'.`
  const index = board.jobs.length
  const read = readLines(file.bytes, endpoint)
  const rule = personality.script.jobs?.find(({ nth }) => nth === undefined || nth.includes(index)) ?? {}
  const lines = Array.isArray(read) ? read : []
  const job: BatchJob = {
    id: `batch_${String(index + 1).padStart(6, '0')}`,
    index,
    inputFileId: file.id,
    endpoint,
    metadata: asked.metadata ?? {},
    rule,
    lines,
    createdAt: Math.floor(clock.date().getTime() / 1000),
    problem: Array.isArray(read) ? problemOf(rule) : read,
    status: 'validating',
    looks: 0,
    output: undefined,
    errors: undefined,
    first: undefined,
    completed: 0,
    failed: 0,
  }
  board.jobs.push(job)
  for (const { customId } of lines) board.submitted.set(customId, (board.submitted.get(customId) ?? 0) + 1)
  return job
}

function problemOf({ problem }: JobRule): JsonObject | undefined {
  return problem === undefined ? undefined : { code: problem, message: problem.replaceAll('_', ' ') }
}

/** What is wrong with a file, in the words of a failed job. */
function readLines(bytes: Buffer, endpoint: string): Line[] | JsonObject {
  if (bytes.length > MOST_BYTES) return { code: 'file_too_large', message: `The file has more than ${MOST_BYTES} bytes.` }
  const texts = bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
  if (texts.length > MOST_REQUESTS) return { code: 'too_many_requests', message: `The file has more than ${MOST_REQUESTS} requests.` }
  const seen = new Set<string>()
  const lines: Line[] = []
  for (const [at, text] of texts.entries()) {
    const { custom_id: customId, url = '', body } = JSON.parse(text) as { custom_id?: string; url?: string; body?: JsonObject }
    if (customId === undefined || body === undefined) return { code: 'missing_required_parameter', message: 'custom_id', line: at + 1 }
    if (seen.has(customId)) return { code: 'duplicate_custom_id', message: customId, line: at + 1 }
    seen.add(customId)
    if (!dialectOf(url) || (endpoint.startsWith('/v1/') && url !== endpoint))
      return { code: 'invalid_url', message: `The URL '${url}' does not match the endpoint of the batch.`, line: at + 1 }
    lines.push({ customId, url, text, body })
  }
  return lines
}

function dialectOf(path: string): Dialect | undefined {
  return DIALECTS[path.replace(/^\/v1(?=\/)/, '')]
}

/** Each look finds a job a little further; by the clock, where the script says how long it takes. */
function moveOn(job: BatchJob, state: State): void {
  if (FINAL.has(job.status)) return
  job.looks++
  const { rule } = job
  const age = state.clock.date().getTime() / 1000 - job.createdAt
  const isDue = rule.seconds === undefined ? job.looks > (rule.looks ?? 0) : age >= rule.seconds
  if (job.status === 'cancelling') return finish(job, state, 'cancelled')
  if (job.problem) {
    job.status = 'failed'
    return
  }
  if (isDue) return finish(job, state, rule.outcome ?? 'completed')
  job.status = job.looks === 1 ? 'in_progress' : 'finalizing'
}

function finish(job: BatchJob, state: State, status: Status): void {
  job.status = status
  const { rule, lines } = job
  const answered = status === 'completed' ? lines.length : Math.floor(lines.length * (rule.answered ?? 0.5))
  const output: string[] = []
  const errors: string[] = []
  for (const [at, line] of lines.entries()) {
    const what = at < answered ? rule.lines?.find((one) => matches(one, at, line.text)) : undefined
    if (at >= answered) {
      if (status !== 'cancelled') errors.push(undone(line, 'batch_expired'))
    } else if (what) strike(what, line, state, output, errors, job)
    else output.push(answer(line, state, job))
  }
  job.failed = errors.length
  if (rule.shuffled) output.reverse()
  if (output.length > 0 && !rule.noOutput)
    job.output = state.shelf.add('output.jsonl', Buffer.from(`${output.join('\n')}\n`), 'batch_output').id
  if (errors.length > 0) job.errors = state.shelf.add('errors.jsonl', Buffer.from(`${errors.join('\n')}\n`), 'batch_output').id
}

function answer({ customId, url, body }: Line, state: State, job: BatchJob, turn?: (said: Said) => Said): string {
  const spoken = sayTo(dialectOf(url) as Dialect, JSON.stringify(body), state, turn)
  if (typeof spoken === 'string') return failed(customId, 400, 'invalid_request', spoken)
  const { said } = spoken
  job.first ??= said
  state.ledger.billInJob(said.input, said.output)
  job.completed++
  return result(customId, { status_code: 200, request_id: said.id, body: spoken.body })
}

function strike(rule: LineRule, line: Line, state: State, output: string[], errors: string[], job: BatchJob): void {
  const { customId } = line
  switch (rule.what) {
    case 'error':
      return void errors.push(failed(customId, rule.status ?? 500, rule.code ?? 'server_error', rule.message ?? 'scripted'))
    case 'missing':
      return
    case 'repeated':
      return void output.push(answer(line, state, job), result(customId, { status_code: 200, body: { choices: [] } }))
    case 'stranger':
      return void output.push(answer(line, state, job), result(`nobody-${customId.slice(0, 8)}`, { status_code: 200, body: {} }))
    case 'broken':
      return void output.push(answer(line, state, job), '{"custom_id": "half a li')
    case 'empty':
      return void output.push(result(customId, { status_code: 200, body: { choices: [] } }))
    case 'moved':
      return void output.push(answer(line, state, job, (said) => ({ ...said, model: rule.model ?? 'another-model' })))
    case 'mixed':
      return void output.push(answer(line, state, job, (said) => job.first ?? said))
    case 'cut':
      return void output.push(answer(line, state, job, (said) => ({ ...said, input: 10 })))
  }
}

function undone({ customId }: Line, code: string): string {
  return JSON.stringify({ id: `r-${customId.slice(0, 8)}`, custom_id: customId, response: null, error: { code, message: 'not executed' } })
}

function failed(customId: string, status: number, code: string, message: string): string {
  return result(customId, { status_code: status, body: { error: { code, message, type: code } } })
}

function result(customId: string, response: JsonObject): string {
  return JSON.stringify({ id: `r-${customId.slice(0, 8)}`, custom_id: customId, response, error: null })
}

function facts(job: BatchJob): JsonObject {
  const { id, endpoint, inputFileId, status, output, errors, metadata, createdAt, completed, failed: lost, lines, problem } = job
  return {
    id,
    object: 'batch',
    endpoint,
    input_file_id: inputFileId,
    completion_window: '24h',
    status,
    output_file_id: output ?? null,
    error_file_id: errors ?? null,
    errors: status === 'failed' && problem ? { object: 'list', data: [problem] } : null,
    created_at: createdAt,
    request_counts: { total: lines.length, completed, failed: lost },
    metadata,
  }
}
