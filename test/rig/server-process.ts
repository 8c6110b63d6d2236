/**
 * The fault server as a process of its own, recording and under a test's control: a build can be killed while its bill survives.
 * `node test/rig/server-process.ts [--bill <file>] [--life <seconds>]` prints its port; it ends with its standard input.
 *
 * Beside the routes of a model server: GET /__log, /__held; POST /__reset, /__script, /__hold, /__release.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { JobBoard } from '../../src/simulate/batches.ts'
import { FileShelf } from '../../src/simulate/files.ts'
import { Ledger } from '../../src/simulate/ledger.ts'
import { Personality, type Script } from '../../src/simulate/script.ts'
import { startFaultServer } from '../../src/simulate/server.ts'
import { type State, sendJson, type Visit } from '../../src/simulate/state.ts'
import { terse } from '../../src/simulate/voices.ts'

/** A request as it came; `sent` once its whole answer was written: then it is on the bill. */
export interface Recorded {
  readonly id: number
  readonly body: string
  readonly authorization: string | null
  readonly headers: { readonly [name: string]: string }
  readonly path: string
  sent: boolean
  answer?: string
}

const MOST_OF_AN_ANSWER = 100_000

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

const billPath = argument('--bill')
const bill = billPath === undefined ? undefined : openSync(billPath, 'a')
let log: Recorded[] = []
let holding = false
const held: (() => void)[] = []
const records = new WeakMap<Visit, Recorded>()

const witness = {
  arrived(visit: Visit): Promise<void> | undefined {
    const { text: body, headers, path } = visit
    const recorded: Recorded = { id: log.length, body, authorization: headers['authorization'] ?? null, headers, path, sent: false }
    log.push(recorded)
    records.set(visit, recorded)
    return holding ? new Promise<void>((resolve) => held.push(resolve)) : undefined
  },
  /** Not synced: the machine stays up. */
  billed(visit: Visit, answer: string): void {
    const recorded = records.get(visit) as Recorded
    if (bill !== undefined) writeSync(bill, `${JSON.stringify({ id: recorded.id, body: recorded.body, answer })}\n`)
    recorded.answer = answer.slice(0, MOST_OF_AN_ANSWER)
  },
  sent(visit: Visit): void {
    const recorded = records.get(visit)
    if (recorded) recorded.sent = true
  },
}

function release(count: number): number {
  const freed = held.splice(0, count)
  for (const free of freed) free()
  return freed.length
}

function reset(state: State): void {
  log = []
  state.counts = new Map()
  state.last = undefined
  state.personality = new Personality({})
  state.ledger = new Ledger()
  state.shelf = new FileShelf()
  state.board = new JobBoard()
  holding = false
  release(held.length)
}

const server = await startFaultServer({
  voice: terse,
  witness,
  routes: (state) => ({
    'GET /__log': (_, response) => sendJson(response, log),
    'GET /__held': (_, response) => sendJson(response, { held: held.length }),
    'GET /__jobs': (_, response) =>
      sendJson(response, {
        jobs: state.board.jobs.map(({ id, status, lines, metadata }) => ({ id, status, requests: lines.length, metadata })),
        submitted: Object.fromEntries(state.board.submitted),
      }),
    'GET /__totals': (_, response) => sendJson(response, state.ledger.totals),
    'POST /__reset': (_, response) => {
      reset(state)
      sendJson(response, {})
    },
    'POST /__script': ({ text }, response) => {
      state.personality = new Personality(JSON.parse(text) as Script)
      sendJson(response, {})
    },
    'POST /__hold': (_, response) => {
      holding = true
      sendJson(response, {})
    },
    'POST /__release': ({ text }, response) => {
      const { count } = JSON.parse(text) as { count?: number }
      if (count === undefined) holding = false
      sendJson(response, { released: release(count ?? held.length), held: held.length })
    },
  }),
})

function leave(): void {
  if (bill !== undefined) closeSync(bill)
  process.exit(0)
}

process.stdout.write(`${server.port}\n`)
// The pipe closes when the parent dies, however it dies.
process.stdin.resume()
process.stdin.on('end', leave)
process.stdin.on('error', leave)
setTimeout(leave, Number(argument('--life') ?? 600) * 1000).unref()
