/** `kill -9` at random moments of a build against a server that keeps its own bill. */
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
const CONCURRENCY = 8
const VALUES = 9
const CALLS = VALUES * VALUES * 2 * 2 // two dimensions, two samples, two steps

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
  await using server = await startServer({ script: { fresh: false, latencyMs: 8 } })
  const whole = await uninterrupted(server)
  const random = seeded(20261122)
  let kills = 0
  let builds = 0
  let repeated = 0
  while (kills < KILLS) {
    using project = new Project({ 'datagen.config.json': config(server.url) })
    await server.reset()
    await server.script({ fresh: false, latencyMs: 8 })
    let lostBefore = 0
    let heldBefore = 0
    for (let finished = false; !finished; ) {
      const child = project.start('build', '--reporter', 'silent')
      // From before the store exists to after the last answer: the start takes about 200 ms, the calls about 500.
      const last = kills >= KILLS
      const timer = last ? undefined : setTimeout(() => child.kill('SIGKILL'), 60 + random() * 500)
      const { exitCode } = await child
      clearTimeout(timer)
      finished = exitCode === 0
      if (!finished && ++kills % TOLD_EVERY === 0) console.log(`${kills} of ${KILLS} kills`)
      builds++
      const held = await heldAnswers(project)
      const lost = (await delivered(server)) - held
      expect(held).toBeGreaterThanOrEqual(heldBefore)
      // Answers that were sent but not yet kept when the process died: never more than were in flight.
      expect(lost - lostBefore).toBeLessThanOrEqual(finished ? 0 : CONCURRENCY)
      repeated += lost - lostBefore
      lostBefore = lost
      heldBefore = held
    }
    expect(heldBefore).toBe(CALLS)
    expect(project.read('data/train.jsonl')).toBe(whole.rows)
    expect(project.read('data/train.meta.jsonl')).toBe(whole.meta)
  }
  console.log(`${kills} kills in ${builds} builds; ${repeated} of the calls in flight were repeated`)
})

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
