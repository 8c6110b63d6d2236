/**
 * `npm run bench:measures [-- rows]`: what the measures of all rows and the search for near duplicates cost a build in which all
 * answers are kept, the first time and when they are remembered. Prints seconds of whole builds in this process.
 */
import type { Check, Config } from '../../schema/config.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { World } from '../rig/world.ts'

const rows = Number(process.argv[2] ?? 100_000)
const WORDS =
  'read write open close file line column table row value key map list tree node path name size count sum mean sort join split'.split(' ')

const config = (checks: Check[], over: Partial<Config> = {}): Config => ({
  name: 'measures',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: Array.from({ length: Math.ceil(rows / 100) }, (_, i) => `t${i}`), u: Array.from({ length: 100 }, (_, i) => `u${i}`) },
  recipe: {
    steps: { user: { ask: 'm', prompt: 'about {{ cell.t }} {{ cell.u }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: 'an answer about {{ cell.t }} and {{ cell.u }}' },
      ],
    },
  },
  checks,
  ...over,
})

/** Some 60 words that follow from the number of the call. */
function text(n: number): string {
  let state = n + 1
  const word = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return WORDS[state % WORDS.length] as string
  }
  return Array.from({ length: 60 }, word).join(' ')
}

using world = new World(new ScriptedProvider({ content: text }))
const seconds = async (what: string, built: Config) => {
  const from = performance.now()
  const { result } = await world.build(built)
  console.log(`${what.padEnd(64)} ${((performance.now() - from) / 1000).toFixed(2).padStart(7)} s   ${result?.end.calls} calls`)
}
const MEASURED: Check[] = [{ check: 'templates' }, { check: 'diversity' }, { check: 'drift' }]
const NEAR: Check = { check: 'near-duplicates' }
const LENGTH: Check = { check: 'length', of: 'user', min: 1 }
console.log(`${rows} rows`)
await seconds('the first build, without checks', config([]))
await seconds('nothing changed', config([]))
await seconds('a row check added', config([LENGTH]))
await seconds('measures added: measured', config([LENGTH, ...MEASURED]))
await seconds('nothing changed: remembered', config([LENGTH, ...MEASURED]))
await seconds('a row check moved: rows judged anew, measures remembered', config([{ ...LENGTH, min: 2 }, ...MEASURED]))
await seconds('near duplicates added: compared, measures remembered', config([{ ...LENGTH, min: 2 }, ...MEASURED, NEAR]))
await seconds('nothing changed: nothing compared', config([{ ...LENGTH, min: 2 }, ...MEASURED, NEAR]))
await seconds('a row check moved: compared anew, measures remembered', config([{ ...LENGTH, min: 3 }, ...MEASURED, NEAR]))
