/** `kill -9` at random moments of a build against a server that keeps its own bill. */
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { Project } from '../rig/project.ts'
import { seeded } from '../rig/random.ts'
import { startServer, type TestServer } from '../rig/server.ts'

/** More of them in a campaign. */
const KILLS = Number(process.env['DATAGEN_KILLS'] ?? 200)
// With a build between them, on two busy cores.
const MS_A_KILL = 2_000
const TOLD_EVERY = 100
/** Side by side: a build that is killed and started again waits more than it works. */
const LANES = 2
const CONCURRENCY = 8
const VALUES = 9
const CALLS = VALUES * VALUES * 2 * 2 // two dimensions, two samples, two steps
/** Answers of a build before it is killed: a quarter of all, so that it takes several kills to the end. */
const MOST_MORE = CALLS / 4
const LOOK_EVERY_MS = 10

const config = (url: string) =>
  JSON.stringify({
    name: 'kills',
    concurrency: CONCURRENCY,
    models: { m: { use: 'openai:m', baseUrl: url } },
    dimensions: Object.fromEntries(['a', 'b'].map((name) => [name, Array.from({ length: VALUES }, (_, i) => `${name}${i}`)])),
    recipe: {
      steps: { user: { ask: 'm', prompt: 'Write {{ cell.a }} {{ cell.b }}' }, answer: { ask: 'm', prompt: '{{ steps.user }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    batches: { all: { samples: 2 } },
  })

it(`${KILLS} kills: no kept answer is bought again, and the output equals an uninterrupted one`, {
  timeout: 60_000 + MS_A_KILL * KILLS,
}, async () => {
  const shares = Array.from({ length: LANES }, (_, i) => Math.ceil((KILLS - i) / LANES))
  const sums = await Promise.all(shares.map((kills, i) => lane(kills, seeded(20261122 + i))))
  const total = (name: keyof Sum) => sums.reduce((n, sum) => n + sum[name], 0)
  console.log(`${total('kills')} kills in ${total('builds')} builds; ${total('repeated')} of the calls in flight were repeated`)
})

interface Sum {
  readonly kills: number
  readonly builds: number
  readonly repeated: number
}

/** Project after project, each killed until it is built, until there were enough kills. */
async function lane(enough: number, random: () => number): Promise<Sum> {
  await using server = await startServer({ script: { fresh: false, latencyMs: 8 } })
  const whole = await uninterrupted(server)
  const sum = { kills: 0, builds: 0, repeated: 0 }
  while (sum.kills < enough) {
    using project = new Project({ 'datagen.config.json': config(server.url) })
    await server.reset()
    await server.script({ fresh: false, latencyMs: 8 })
    let lostBefore = 0
    let heldBefore = 0
    for (let finished = false; !finished; ) {
      const child = project.start('build', '--reporter', 'silent')
      if (sum.kills < enough) await strike(child, server, random)
      const { exitCode } = await child
      finished = exitCode === 0
      if (!finished && ++sum.kills % TOLD_EVERY === 0) console.log(`${sum.kills} of ${enough} kills`)
      sum.builds++
      const held = await heldAnswers(project)
      const lost = (await delivered(server)) - held
      expect(held).toBeGreaterThanOrEqual(heldBefore)
      // Answers that were sent but not yet kept when the process died: never more than were in flight.
      expect(lost - lostBefore).toBeLessThanOrEqual(finished ? 0 : CONCURRENCY)
      sum.repeated += lost - lostBefore
      lostBefore = lost
      heldBefore = held
    }
    expect(heldBefore).toBe(CALLS)
    expect(project.read('data/train.jsonl')).toBe(whole.rows)
    expect(project.read('data/train.meta.jsonl')).toBe(whole.meta)
  }
  return sum
}

/** By the clock, from before the store exists; or, however slow the machine, after some more answers. */
async function strike(child: ReturnType<Project['start']>, server: TestServer, random: () => number): Promise<void> {
  if (random() < 0.7) await Promise.race([child, setTimeout(60 + random() * 500)])
  else {
    const answers = (await delivered(server)) + random() * MOST_MORE
    const isOver = () => Promise.race([child.then(() => true), setTimeout(LOOK_EVERY_MS, false)])
    while ((await delivered(server)) < answers && !(await isOver()));
  }
  child.kill('SIGKILL')
}

async function uninterrupted(server: TestServer): Promise<{ rows: string; meta: string }> {
  using project = new Project({ 'datagen.config.json': config(server.url) })
  expect(await project.run('build')).toMatchObject({ code: 0 })
  expect((await server.requests()).length).toBe(CALLS)
  return { rows: project.read('data/train.jsonl'), meta: project.read('data/train.meta.jsonl') }
}

/** Answers the server sent to the end. */
async function delivered(server: TestServer): Promise<number> {
  return (await server.requests()).filter(({ sent }) => sent).length
}

/** Answers that are durable. */
async function heldAnswers(project: Project): Promise<number> {
  const store = openStoreIfExists(project.path('.datagen'))
  try {
    return store.totals().responses
  } finally {
    await store.close()
  }
}
