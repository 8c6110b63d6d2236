/** How a fault is told: what strikes a cell, what becomes of it, and what never happens whatever strikes. */
import { beforeAll, describe, expect, test } from 'vitest'
import { Rehearsal, type Rehearsed } from '../../rig/rehearsal.ts'
import type { Fault, Rule, TestServer } from '../../rig/server.ts'

/** What becomes of the cell that is struck. */
export interface Outcome {
  /** The exit code of the build; 3: the fault ends it, so it has one of its own. */
  readonly exit: number
  /** `accepted`; `rejected` or `failed` with its code. */
  readonly cell: 'accepted' | `rejected ${string}` | `failed ${string}`
  /** How often the server was asked for this cell. */
  readonly asked: number
  /** Milliseconds before each further try, with random numbers that are always one half. */
  readonly waits: readonly number[]
  /** Occurs in what is said about it; for whatever is told at all. */
  readonly says?: RegExp
  /** How many of its calls may have been billed although no answer arrived. */
  readonly lost?: number
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
    // One after the other: what is struck comes behind one that is not, which has its answer by then.
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

/** Two builds: one with the faults, and one of the same config when the server is well again. */
interface Told {
  readonly built: Rehearsed
  readonly again: Rehearsed
  /** How often each topic was asked, by each of them. */
  readonly asked: readonly [first: readonly string[], next: readonly string[]]
  /** Of each of them, what the row of each topic says. */
  readonly rows: readonly [first: Rows, next: Rows]
}
type Rows = ReadonlyMap<string, string>

const bad = (n: number) => `bad ${String(n).padStart(3, '0')}`
const good = (n: number) => `good ${String(n).padStart(3, '0')}`

/**
 * A test for each story. Those with one model share two builds, in which every other cell is struck by one of them; what ends a build has two
 * builds to itself.
 */
export function tellAll(server: () => TestServer, stories: readonly Story[]): void {
  for (const group of groupsOf(stories)) {
    describe(group.length === 1 ? 'in a build' : `in one build, ${group.length} times`, () => {
      let told: Told
      beforeAll(async () => {
        told = await tell(server(), group)
      }, 60_000)
      test.each(group.map((story, n) => ({ ...story, n })))('$id $name', (story) => becomes(told, story, story.n))
      test('whatever strikes, every row is sound and nothing is unaccounted for', () => isSound(told, group))
    })
  }
}

function groupsOf(stories: readonly Story[]): (readonly Story[])[] {
  const shared = Map.groupBy(
    stories.filter(({ exit }) => exit !== 3),
    ({ model }) => JSON.stringify(model),
  )
  return [...shared.values(), ...stories.filter(({ exit }) => exit === 3).map((story) => [story])]
}

async function tell(server: TestServer, stories: readonly Story[]): Promise<Told> {
  const topics = stories.flatMap((_, n) => [good(n), bad(n)])
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, stories[0]?.model, { dimensions: { topic: topics } }) })
  await server.reset()
  const rules = stories.map(({ fault, times }, n) => ({ fault, contains: bad(n), ...(times ? { times } : {}) }) as Rule)
  await server.script({ rules })
  const built = await at.build()
  const first = [await topicsAsked(server), rowsOf(at)] as const
  await server.reset()
  const again = await at.build()
  const next = [await topicsAsked(server), rowsOf(at)] as const
  return { built, again, asked: [first[0], next[0]], rows: [first[1], next[1]] }
}

function becomes({ built, again, asked, rows }: Told, story: Story, n: number): void {
  const { exit, cell, waits, says, row, next = 0 } = story
  const topic = bad(n)
  const count = (of: readonly string[]) => of.filter((one) => one === topic).length
  expect({ cell: stateOf(built, topic), asked: count(asked[0]), waits: waitsOf(built, topic) }).toEqual({ cell, asked: story.asked, waits })
  if (exit === 3) expect(built.code).toBe(3)
  if (says) expect(saidBy(built, topic)).toMatch(says)
  const isRow = (text: string | undefined) => text !== undefined && (text === row || (row === undefined && GOOD.test(text)))
  // Outputs that are not complete are held back, unless cells were rejected.
  if (rows[0].size > 0 || cell === 'accepted') expect(rows[0].size === 0 || isRow(rows[0].get(topic))).toBe(cell === 'accepted')
  const rejected = cell.startsWith('rejected')
  expect([count(asked[1]), isRow(rows[1].get(topic)), stateOf(again, topic)]).toEqual([next, !rejected, next > 0 ? 'accepted' : undefined])
}

function isSound({ built, again, asked, rows }: Told, stories: readonly Story[]): void {
  const exits = stories.map(({ exit }) => exit)
  const rejected = stories.filter(({ cell }) => cell.startsWith('rejected')).length
  expect([built.code, again.code]).toEqual([Math.max(...exits), rejected > 0 ? 1 : 0])
  const { counts, costs } = built.end as NonNullable<Rehearsed['end']>
  expect(counts.accepted + counts.rejected + counts.failed + counts.pending).toBe(counts.items)
  expect(costs?.lost?.calls ?? 0).toBe(stories.reduce((sum, { lost = 0 }) => sum + lost, 0))
  expect(asked[1].filter((topic) => topic.startsWith('good'))).toEqual([])
  for (const [topic, text] of [...rows[0], ...rows[1]]) if (topic.startsWith('good')) expect(text).toMatch(GOOD)
  expect(rows[1].size).toBe(2 * stories.length - rejected)
  for (const { stderr, stdout } of [built, again]) expect(`${stderr}${stdout}`).not.toMatch(/\u001b|datagen bug/)
}

function rowsOf(at: Rehearsal): Rows {
  const rows = at.lines('data/train.jsonl').map((line) => JSON.parse(line) as { messages: { content: string }[] })
  return new Map(rows.map(({ messages: [question, answer] }) => [question?.content ?? '', answer?.content ?? '']))
}

async function topicsAsked(server: TestServer): Promise<string[]> {
  return (await server.requests()).flatMap(({ body }) => /about ((?:good|bad) \d+)/.exec(body)?.[1] ?? [])
}

function stateOf({ events }: Rehearsed, topic: string): string | undefined {
  const ended = events.find((event) => event.type === 'cell-end' && event.cell === topic)
  if (ended?.type !== 'cell-end') return undefined
  return ended.state === 'accepted' ? 'accepted' : `${ended.state} ${ended.code}`
}

const callsFor = ({ events }: Rehearsed, topic: string) =>
  new Set(events.flatMap((event) => (event.type === 'step-start' && event.cell === topic ? [event.id] : [])))

function waitsOf(built: Rehearsed, topic: string): number[] {
  const calls = callsFor(built, topic)
  return built.events.flatMap((event) => (event.type === 'step-retry' && calls.has(event.id) ? [event.waitMs] : []))
}

/** Everything a person is told: failures, why a build ended, notices. `topic`: of one cell, and of all. */
export function saidBy(built: Rehearsed, topic?: string): string {
  const { events, stderr } = built
  const calls = topic === undefined ? undefined : callsFor(built, topic)
  const said = events.flatMap((event) => {
    if (event.type === 'step-end' || event.type === 'step-retry') return !calls || calls.has(event.id) ? (event.message ?? []) : []
    if (event.type === 'cell-end') return topic === undefined || event.cell === topic ? (event.message ?? []) : []
    if (event.type === 'stopping') return event.message
    if (event.type === 'notice') return [event.diagnostic.headline, event.diagnostic.hint ?? '']
    return []
  })
  return [...said, stderr].join('\n')
}

export async function askedAbout(server: TestServer, topic: string): Promise<number> {
  return (await server.requests()).filter(({ body }) => body.includes(`about ${topic}`)).length
}
