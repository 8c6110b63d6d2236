/** A long `watch` session over many cells: every save is understood, nothing is bought unasked, and memory stays what it was. */
import { renameSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { type Live, startInPty } from '../rig/live.ts'
import { memoryOf, processBelow } from '../rig/process-facts.ts'
import { Project } from '../rig/project.ts'
import { seeded } from '../rig/random.ts'

const SIDES = { a: 20, b: 20, c: 50 } as const
const CELLS = SIDES.a * SIDES.b * SIDES.c
const EDITS = 50
/** By then the compiler, its caches and the heap have grown to what they need. */
const EARLY = 10
/**
 * One plan of so many cells with its board is 3 MB: forty that are kept are 120 MB (measured, by keeping them). A heap that
 * settles moves by about 35.
 */
const GROWTH_MB = 60
const CONFIG = 'datagen.config.ts'
const PATIENCE_MS = 60_000

type Name = keyof typeof SIDES
/** Guides that differ from those of the first build, by value. */
type Edited = Map<string, string>

function config(edited: Edited): string {
  const values = (name: Name) =>
    Array.from({ length: SIDES[name] }, (_, i) => {
      const id = `${name}${i}`
      return `      { id: '${id}', guide: '${edited.get(id) ?? `the guide of ${id}`}' },`
    })
  const dimensions = (Object.keys(SIDES) as Name[]).map((name) => `    ${name}: [\n${values(name).join('\n')}\n    ],`)
  return `
import { defineConfig } from 'datagen'

export default defineConfig({
  name: 'long',
  concurrency: 256,
  models: { m: { use: 'simulated', simulate: { latencyMs: 0, tokens: 20 } } },
  dimensions: {
${dimensions.join('\n')}
  },
  recipe: {
    steps: { answer: { ask: 'm', prompt: ({ guide }) => \`Write about \${guide.a}, \${guide.b} and \${guide.c}.\` } },
    example: ({ cell, steps }) => ({
      messages: [
        { role: 'user', content: \`\${cell.a} \${cell.b} \${cell.c}\` },
        { role: 'assistant', content: String(steps.answer) },
      ],
    }),
  },
  checks: [{ check: 'unique' }],
})
`
}

/** Cells that have at least one edited value. */
function dirtyCells(edited: Edited): number {
  const untouched = (name: Name) => SIDES[name] - [...edited.keys()].filter((id) => id.startsWith(name)).length
  return CELLS - untouched('a') * untouched('b') * untouched('c')
}

/** As many editors save: the file is replaced, so that nobody reads half of it. */
function save(project: Project, edited: Edited): void {
  project.write('.next', config(edited))
  renameSync(project.path('.next'), project.path(CONFIG))
}

const SETTLED = /Enter generates ([\d,]+) cells?; q leaves|up to date: ([\d,]+) cells/
const numberIn = (shown: string) => Number(shown.replaceAll(',', ''))

/** The number of cells that are offered; 0 when everything is up to date. */
async function settled(live: Live): Promise<number> {
  const shown = await live.until(SETTLED, PATIENCE_MS)
  const [, offered, all] = SETTLED.exec(shown) ?? []
  if (all !== undefined) expect(numberIn(all)).toBe(CELLS)
  return numberIn(offered ?? '0')
}

async function bought(project: Project): Promise<number> {
  const store = openStoreIfExists(project.path('.datagen'))
  try {
    return store.totals().responses
  } finally {
    await store.close()
  }
}

it(`${EDITS} edits of ${CELLS} cells: each offers exactly the cells it makes dirty, none is bought, memory does not grow`, {
  timeout: 400_000,
}, async () => {
  using project = new Project({ [CONFIG]: config(new Map()) })
  expect(await project.run('build', '--reporter', 'silent')).toEqual({ code: 0, stdout: '', stderr: '' })
  const rows = project.read('data/train.jsonl')
  expect(await bought(project)).toBe(CELLS)

  await using live = startInPty(project, 'watch')
  expect(await settled(live)).toBe(0)
  const pid = processBelow(live.pid as number, 'bin.cjs')
  const random = seeded(20261122)
  const pick = (n: number) => Math.floor(random() * n)
  const edited: Edited = new Map()
  let early = 0
  for (let n = 1; n <= EDITS; n++) {
    const name = (Object.keys(SIDES) as Name[])[pick(3)] as Name
    const id = `${name}${pick(SIDES[name])}`
    const undone = [...edited.keys()][pick(edited.size)]
    // A third of the edits undo one; every tenth undoes all.
    if (n % 10 === 0) edited.clear()
    else if (undone !== undefined && random() < 1 / 3) edited.delete(undone)
    else edited.set(id, `the guide of ${id}, edit ${n}`)
    save(project, edited)
    expect(await settled(live), `edit ${n}, with ${[...edited.keys()].join(', ') || 'nothing'} edited`).toBe(dirtyCells(edited))
    if (n === EARLY) early = memoryOf(pid).rssMb
  }
  const { rssMb, peakMb } = memoryOf(pid)
  console.log(
    `memory after ${EARLY} edits ${Math.round(early)} MB, after ${EDITS} ${Math.round(rssMb)} MB, at its peak ${Math.round(peakMb)} MB`,
  )
  expect(rssMb - early).toBeLessThan(GROWTH_MB)

  expect(edited.size).toBe(0)
  live.press('q')
  expect(await live.end()).toMatchObject({ code: 0, restored: true })
  expect(await bought(project)).toBe(CELLS)
  expect(project.read('data/train.jsonl')).toBe(rows)
})
