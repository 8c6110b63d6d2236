/** How often a build that waits looks at its jobs, and what it puts up with meanwhile. */
import { expect, it } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import type { JobService, RemoteJob, Served } from '../../../src/generate/batch/job-service.ts'
import { Halt } from '../../../src/schedule/halt.ts'
import type { JobContext } from '../../../src/schedule/jobs/context.ts'
import { JobDesk } from '../../../src/schedule/jobs/desk.ts'
import { Limits } from '../../../src/schedule/limits.ts'
import type { Job } from '../../../src/store/jobs.ts'
import type { Digest, JobId, Key } from '../../../src/util/brand.ts'
import { seeded } from '../../rig/random.ts'
import { VirtualTime } from '../../rig/virtual-clock.ts'

const MINUTE = 60_000
const UNDER_WAY: Served<RemoteJob> = { kind: 'ok', value: remote('in_progress') }
const ENDED: Served<RemoteJob> = { kind: 'ok', value: { ...remote('expired'), outcome: 'expired' } }
const down = (retryAfterMs?: number): Served<RemoteJob> => ({
  kind: 'failure',
  failure: { kind: 'transient', code: 'server-error', message: 'busy', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
})

const MODEL = { name: 'writer', provider: 'openai', model: 'm', apiKeyEnv: 'THE_KEY' }

function remote(status: string): RemoteJob {
  return { id: 'batch_1', status, total: 1, completed: 0, failed: 0, errors: [], metadata: {}, createdAt: 0 }
}

/** One job that is handed over, and what its provider says at each look. */
function desk(says: (look: number) => Served<RemoteJob>) {
  const time = new VirtualTime(seeded(1))
  const looks: number[] = []
  const events: Event[] = []
  let job: Job = {
    id: 2 as JobId,
    number: 1,
    state: 'submitted',
    begun: '2026-01-01T00:00:00.000Z',
    place: { provider: 'openai', model: 'm', timeoutMs: 1 },
    price: { input: 2, output: 0 },
    run: 'run-0',
    requests: 1,
    bytes: 1,
    sha256: '' as Digest,
    fileId: 'file-1',
    remoteId: 'batch_1',
  }
  const jobs = {
    all: () => [job],
    keys: () => ['k' as Key],
    line: () => undefined,
    take: async () => true,
    leave: async () => {},
    update: async (now: Job) => {
      job = now
      return true
    },
    end: async (now: Job) => {
      job = { ...now, state: 'ended' }
    },
  }
  const service = {
    host: 'h',
    look: async () => {
      looks.push(time.now())
      return says(looks.length - 1)
    },
  } as unknown as JobService
  const halt = new Halt()
  const context = {
    dataset: { recipe: { steps: [{ kind: 'ask', model: MODEL }] } },
    store: { jobs },
    sink: { emit: (event: Event) => events.push(event) },
    limits: { arrive: () => {} },
    halt,
    clock: time.clock(),
    random: () => 1,
    run: 'run-1',
    services: async () => service,
    wait: true,
    mayOrder: true,
  } as unknown as JobContext
  const waited = (waiting: Promise<boolean>) => time.until(waiting, { events: 10_000, ms: 24 * 60 * MINUTE })
  return { desk: new JobDesk(context), context, time, looks, events, halt, waited }
}

const intervals = (looks: readonly number[]) => looks.map((at, i) => at - (looks[i - 1] ?? 0))
const codes = (events: readonly Event[]) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic.code] : []))

it('every ten seconds at first, then ever more rarely, every five minutes in the end', async () => {
  const { desk: of, looks, waited } = desk((look) => (look < 12 ? UNDER_WAY : ENDED))
  expect(await waited(of.wait())).toBe(true)
  expect(intervals(looks)).toEqual([
    10_000, 15_000, 22_500, 33_750, 50_625, 75_937.5, 113_906.25, 170_859.375, 256_289.0625, 300_000, 300_000, 300_000, 300_000,
  ])
})

it('a job of a day is looked at fewer than three hundred times', async () => {
  const { desk: of, looks, time, waited } = desk(() => (time.now() < 23 * 60 * MINUTE ? UNDER_WAY : ENDED))
  await waited(of.wait())
  expect(looks.length).toBeGreaterThan(270)
  expect(looks.length).toBeLessThan(290)
})

it('what the server asks for is waited for, and then the same again', async () => {
  const { desk: of, looks, waited } = desk((look) => (look === 0 ? down(2 * MINUTE) : look < 3 ? UNDER_WAY : ENDED))
  await waited(of.wait())
  expect(intervals(looks)).toEqual([10_000, 2 * MINUTE, 15_000, 22_500])
})

it('a provider that is out for hours ends no wait, and is spoken of once', async () => {
  const {
    desk: of,
    time,
    events,
    halt,
    waited,
  } = desk(() => (time.now() < 180 * MINUTE ? down() : time.now() < 181 * MINUTE ? UNDER_WAY : ENDED))
  expect([await waited(of.wait()), halt.stopping, codes(events)]).toEqual([true, false, ['job/not-reached', 'job/unanswered']])
})

it('a provider that is out already as the build begins ends no wait either', async () => {
  const { desk: of, time, events, halt, waited } = desk(() => (time.now() < MINUTE ? down() : ENDED))
  expect([await waited(of.attend()), await waited(of.wait()), halt.stopping, codes(events)]).toEqual([
    false,
    true,
    false,
    ['job/not-reached', 'job/unanswered'],
  ])
})

it('answers that come in two goes, because the provider was out in between, are counted and paid for once', async () => {
  const line = (key: string) => ({
    key,
    request: 'r',
    requestText: '{}',
    step: 's',
    batch: 'b',
    model: 'm',
    ordinal: 0,
    attempt: 0,
    epoch: 0,
    reservedUsd: 1,
  })
  const answer = (key: string) => {
    const body = {
      id: key,
      model: 'm',
      choices: [{ message: { content: key }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1_000, completion_tokens: 1 },
    }
    return JSON.stringify({ custom_id: key, response: { status_code: 200, body } })
  }
  const keys = ['a', 'b', 'c'].map((letter) => letter.repeat(64))
  const left = new Set(keys)
  const ended: Served<RemoteJob> = {
    kind: 'ok',
    value: { ...remote('completed'), outcome: 'completed', outputFileId: 'out', errorFileId: 'more', completed: 3 },
  }
  const { desk: of, context, time, waited } = desk(() => ended)
  const jobs = {
    ...context.store.jobs,
    keys: () => [...left],
    line: (_: JobId, key: Key) => line(key),
    release: async (_: JobId, gone: Key[]) => void gone.map((key) => left.delete(key)),
  }
  const [puts, recalled]: [string[], string[]] = [[], []]
  const limits = new Limits({ budgetUsd: 10 })
  // The second answer is doubted, so its claim stays and it is met again.
  const about = async ({ key }: { key: string }) => (key === keys[1] ? { code: 'prompt-truncated', message: 'cut' } : undefined)
  Object.assign(context, {
    limits,
    dataset: { recipe: { steps: [] } },
    doubts: { about, fail: () => {}, recall: (one: { key: string }) => void recalled.push(one.key) },
    store: {
      jobs,
      put: async ({ key }: { key: string }) => void puts.push(key),
      get: (key: string) => (left.has(key) ? undefined : { raw: '' }),
      drawOf: () => ({}),
    },
  })
  Object.assign(await context.services(undefined as never), {
    read: async (file: string, onLine: (text: string) => Promise<void> | undefined) => {
      if (file === 'more' && time.now() < 60 * MINUTE) return down()
      for (const key of file === 'out' ? keys.slice(0, 2) : keys.slice(2)) await onLine(answer(key))
      return { kind: 'ok', value: undefined }
    },
  })
  expect(await waited(of.wait())).toBe(true)
  const { inputTokens, usd } = limits.ledger.total()
  expect([puts.length, inputTokens, recalled]).toEqual([3, 3_000, []])
  expect([usd, of.came.answers, of.came.usd]).toEqual([expect.closeTo(0.003, 12), 2, expect.closeTo(0.002, 12)])
})

it.each([
  ['a wrong key', { kind: 'fatal', code: 'auth', message: 'wrong key' } as const, []],
  ['a job that nobody knows', { kind: 'refused', code: 'not-found', message: 'no such job' } as const, ['job/gone']],
])('%s ends it at once', async (_, failure, told) => {
  const { desk: of, looks, events, halt, waited } = desk(() => ({ kind: 'failure', failure }))
  expect([await waited(of.wait()), looks, halt.exitCode, codes(events)]).toEqual([false, [10_000], 3, told])
})

it('what ends it says what to do about it, by the place of its model in the config', async () => {
  const {
    desk: of,
    events,
    halt,
    waited,
  } = desk(() => ({ kind: 'failure', failure: { kind: 'fatal', code: 'auth', message: 'wrong key' } }))
  halt.report({ emit: (event) => events.push(event) })
  await waited(of.wait())
  expect(events).toEqual([{ type: 'stopping', why: 'fatal', message: 'wrong key', hint: 'put a key that is valid there into THE_KEY' }])
})

it('Ctrl-C ends it where it stands', async () => {
  const { desk: of, time, looks, halt, waited } = desk(() => UNDER_WAY)
  time.after(30_000, () => halt.interrupt())
  expect([await waited(of.wait()), looks, time.now()]).toEqual([false, [10_000, 25_000], 30_000])
})
