/** How a fault is told: what strikes one cell of two, what becomes of it, and what never happens whatever strikes. */
import { expect } from 'vitest'
import { Rehearsal, type Rehearsed } from '../../rig/rehearsal.ts'
import type { Fault, Rule, TestServer } from '../../rig/server.ts'

/** What becomes of the cell that is struck. */
export interface Outcome {
  /** The exit code of the build. */
  readonly exit: number
  /** `accepted`; `rejected` or `failed` with its code; `pending` when the build ended before it had its turn. */
  readonly cell: 'accepted' | 'pending' | `rejected ${string}` | `failed ${string}`
  /** How often the server was asked for this cell. */
  readonly asked: number
  /** Milliseconds before each further try, with random numbers that are always one half. */
  readonly waits?: readonly number[]
  /** Occurs in what is said about it. */
  readonly says?: RegExp
  /** What the row of the struck cell says, when it is no ordinary answer. */
  readonly row?: string
  /** How often it is asked by the build after, when the server is well again; left out, never. */
  readonly next?: number
}

export interface Story extends Outcome {
  /** H1–H27 or T1–T19. */
  readonly id: string
  readonly name: string
  readonly fault: Fault
  /** How often it strikes; left out, always. */
  readonly times?: number
  readonly model?: Record<string, unknown>
}

const GOOD = /^answer [0-9a-f]{24}$/

export const config = (url: string, model: Record<string, unknown> = {}, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    name: 'faults',
    // One after the other: the struck cell comes last, so that the good one has its answer.
    concurrency: 1,
    models: { m: { use: 'openai:test-model', baseUrl: url, timeoutSeconds: 5, ...model } },
    dimensions: { topic: ['good', 'bad'] },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'Write about {{ cell.topic }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    ...more,
  })

/** Builds with the fault, then without it. */
export async function tell(server: TestServer, story: Story): Promise<void> {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, story.model) })
  await server.reset()
  await server.script({ rules: [{ fault: story.fault, contains: 'about bad', ...(story.times ? { times: story.times } : {}) } as Rule] })
  const built = await at.build()
  const asked = await askedAbout(server, 'bad')
  expect({ exit: built.code, cell: stateOf(built), asked, ...(story.waits ? { waits: built.waits } : {}) }).toEqual({
    exit: story.exit,
    cell: story.cell,
    asked: story.asked,
    ...(story.waits ? { waits: story.waits } : {}),
  })
  if (story.says) expect(saidBy(built)).toMatch(story.says)
  soundRows(at, built, story.cell === 'accepted' ? 2 : 1, story.row)

  await server.reset()
  const again = await at.build()
  const next = story.next ?? 0
  expect([await askedAbout(server, 'bad'), await askedAbout(server, 'good')], 'asked by the next build').toEqual([next, 0])
  const rejected = story.cell.startsWith('rejected')
  expect(again.code).toBe(rejected ? 1 : 0)
  soundRows(at, again, rejected ? 1 : 2, story.row)
}

/** Whatever strikes: every row has a good answer, nothing is unaccounted for, and no escape reaches a screen. */
function soundRows(at: Rehearsal, built: Rehearsed, rows: number, row: string | undefined): void {
  expect([0, 1, 3]).toContain(built.code)
  const { counts } = built.end as NonNullable<Rehearsed['end']>
  expect(counts.accepted + counts.rejected + counts.failed + counts.pending).toBe(counts.items)
  // An output that is not complete is held back, unless cells were rejected.
  const lines = at.lines('data/train.jsonl').map((line) => JSON.parse(line) as { messages: { content: string }[] })
  if (lines.length > 0) expect(lines.length).toBe(rows)
  for (const { messages } of lines) {
    const content = messages[1]?.content ?? ''
    expect(GOOD.test(content) || content === row, content.slice(0, 100)).toBe(true)
  }
  expect(`${built.stderr}${built.stdout}`).not.toMatch(/\u001b|datagen bug/)
}

function stateOf({ events, end }: Rehearsed): string {
  const ended = events.find((event) => event.type === 'cell-end' && event.cell === 'bad')
  if (ended?.type === 'cell-end') return ended.state === 'accepted' ? 'accepted' : `${ended.state} ${ended.code}`
  return end && end.counts.pending > 0 ? 'pending' : 'nothing'
}

/** Everything a person is told: failures, why a build ended, notices. */
export function saidBy({ events, stderr }: Rehearsed): string {
  const said = events.flatMap((event) => {
    if (event.type === 'step-end' || event.type === 'step-retry' || event.type === 'cell-end') return event.message ?? []
    if (event.type === 'stopping') return event.message
    if (event.type === 'notice') return [event.diagnostic.headline, event.diagnostic.hint ?? '']
    return []
  })
  return [...said, stderr].join('\n')
}

export async function askedAbout(server: TestServer, topic: string): Promise<number> {
  return (await server.requests()).filter(({ body }) => body.includes(`about ${topic}`)).length
}
