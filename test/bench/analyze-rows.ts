/** Makes a large file of realistic rows out of the real datasets beside the checkout: sentences of two rows of one set, mixed by a seed. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { seeded } from '../rig/random.ts'
import { type DatasetName, viewsOf } from '../rig/reference-views.ts'

const SETS: readonly DatasetName[] = [
  'gsm8k_train',
  'gpteacher_roleplay',
  'llamafactory_alpaca_gpt4',
  'anthropic_json_mode',
  'seed_tasks',
  'user_oriented',
]
const BYTES_A_ROW = 460 // a little over before the last sentence ends: 100,000 rows come to about 65 MB, as in the reference

/** Rows are different from each other as real ones are; one in fifty equals an earlier one but for a word. */
export async function writeRows(path: string, rows: number, seed = 1): Promise<void> {
  const random = seeded(seed)
  const sets = SETS.map((name) => {
    const { prompt, response } = viewsOf(name)
    return { prompts: prompt.map(sentences), responses: response.map(sentences) }
  })
  const out = createWriteStream(path, { highWaterMark: 1 << 20 })
  const recent: string[] = []
  for (let row = 0; row < rows; row++) {
    const set = random.pick(sets)
    let line = random.chance(0.02) && recent.length > 0 ? random.pick(recent).replace(/ the /, ' some ') : undefined
    if (line === undefined) {
      const prompt = mixed(random, set.prompts, 160)
      const response = mixed(random, set.responses, BYTES_A_ROW - 160)
      line = JSON.stringify({
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: response },
        ],
      })
      if (recent.length < 1000) recent.push(line)
      else recent[random.below(1000)] = line
    }
    if (!out.write(`${line}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
}

function sentences(text: string): string[] {
  return text.match(/[^.!?\n]+[.!?\n]*\s*/g) ?? [text]
}

function mixed(random: ReturnType<typeof seeded>, texts: readonly (readonly string[])[], bytes: number): string {
  let text = ''
  // A number keeps sentences of the same set from making whole rows alike.
  while (text.length < bytes) {
    const from = random.pick(texts)
    const start = random.below(from.length)
    text += from
      .slice(start, start + 2)
      .join('')
      .replace(/\d+/g, () => String(random.below(1000)))
    if (from.length === 0) break
  }
  return text.trim()
}
