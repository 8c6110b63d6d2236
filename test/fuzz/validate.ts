/** `npm run fuzz:validate -- --inputs 1000000 [--seed 1] [--files 0.05]`: reading and validating never crash, never hang, and split lines only on \n. */
import { parseArgs } from 'node:util'
import { seeded } from '../rig/fuzz-rows.ts'
import { fuzzInput } from './validate-input.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: '0.05' },
  },
})
const [inputs, first, files] = [Number(values.inputs), Number(values.seed), Number(values.files)]
const started = performance.now()
let wholeFiles = 0
for (let i = 0; i < inputs; i++) {
  // Each input has a seed of its own, so that one that fails is replayed alone: --seed N --inputs 1.
  const random = seeded(first + i)
  const asRow = random() >= files
  if (!asRow) wholeFiles++
  try {
    const wrong = await fuzzInput(random, asRow)
    if (wrong === undefined) continue
    console.error(`seed ${first + i}: ${wrong}`)
  } catch (error) {
    console.error(`seed ${first + i}: ${error instanceof Error ? error.stack : String(error)}`)
  }
  process.exit(1)
}
const seconds = (performance.now() - started) / 1000
console.log(
  `${inputs} inputs (${wholeFiles} as files) in ${seconds.toFixed(1)} s, ${Math.round(inputs / seconds)} a second: no crash, no hang, no broken law`,
)
