/** `datagen init`: a starter config in this folder; nothing that exists is touched. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PLACES } from '../config/find.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'

export interface InitOptions {
  readonly cwd: string
  /** Write although a config of another kind stands here; never overwrites. */
  readonly force: boolean
  readonly yaml?: boolean
}

/** Creates files; the `write/` layer implements it. */
export interface NewFiles {
  writeNew(path: string, text: string): Promise<'written' | 'exists'>
}

/** Throws `DatagenError` (exit 2) when there is a config already. */
export async function initCommand(
  { cwd, force, yaml = false }: InitOptions,
  write: NewFiles,
  out: (text: string) => void,
): Promise<ExitCode> {
  const file = yaml ? 'datagen.config.yaml' : 'datagen.config.ts'
  const other = PLACES.find((place) => place !== 'package.json' && place !== file && existsSync(join(cwd, place)))
  if (other !== undefined && !force) throw refusal(other, `remove it, or use \`--force\` to write ${file} beside it`)
  const name = datasetName(cwd)
  const written = await write.writeNew(join(cwd, file), yaml ? yamlStarter(name) : scriptStarter(name))
  if (written === 'exists') throw refusal(file, 'edit it, or remove it first')
  out(`wrote ${file}\n`)
  await ignoreCache(cwd, write, out)
  out('next: `datagen plan` shows what would be asked, `datagen build` asks it\n')
  return EXIT.ok
}

function refusal(file: string, hint: string): DatagenError {
  return new DatagenError(
    { code: 'init/exists', severity: 'error', headline: `there is already a config here: "${file}"`, hint },
    EXIT.usage,
  )
}

async function ignoreCache(cwd: string, write: NewFiles, out: (text: string) => void): Promise<void> {
  const path = join(cwd, '.gitignore')
  if ((await write.writeNew(path, '# what datagen keeps for itself: answers that were paid for, logs\n.datagen/\n')) === 'written')
    return out('wrote .gitignore\n')
  const ignored = readFileSync(path, 'utf8')
    .split('\n')
    .some((line) => /^\/?\.datagen\/?\s*$/.test(line))
  if (!ignored) out('add this line to .gitignore: .datagen/\n')
}

function datasetName(cwd: string): string {
  const name = basename(cwd)
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .trim()
    .slice(0, 60)
  return name === '' ? 'my-dataset' : name
}

function scriptStarter(name: string): string {
  return `import { checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: ${quoted(name)},

  // No model named: OPENAI_API_KEY if it is set, else an Ollama on this machine, else simulated answers.
  // models: { writer: 'openai:gpt-5-mini', tutor: { use: 'openai:gpt-5', temperature: 1 } },

  // Every combination of values is one example. A guide is what the model is told about a value.
  dimensions: {
    scenario: [
      { id: 'late-order', guide: 'an order that was promised for last week has not arrived' },
      { id: 'wrong-size', guide: 'shoes that arrived are two sizes too small' },
    ],
    // Ready-made ones; \`datagen presets\` lists them.
    ...dimensions('phrasing', 'complexity'),
  },

  // Combinations that make no sense.
  where: [{ not: { phrasing: 'mixed', complexity: 'brief' } }],

  // One request writes what a customer says, a second one answers it.
  recipe: recipes.singleTurn({ system: 'You are a friendly support agent of a shoe shop.' }),

  checks: [checks.unique(), checks.length({ of: 'assistant', min: 20 })],

  outputs: { train: { path: 'data/train.jsonl', holdout: { valid: 0.1 } } },
})
`
}

function yamlStarter(name: string): string {
  return `# yaml-language-server: $schema=./node_modules/datagen/schema/datagen.schema.json
name: ${JSON.stringify(name)}

# No model named: OPENAI_API_KEY if it is set, else an Ollama on this machine, else simulated answers.
# models:
#   writer: openai:gpt-5-mini
#   tutor: { use: openai:gpt-5, temperature: 1 }

# Every combination of values is one example. A guide is what the model is told about a value.
dimensions:
  scenario:
    - { id: late-order, guide: an order that was promised for last week has not arrived }
    - { id: wrong-size, guide: shoes that arrived are two sizes too small }
  # Ready-made ones; \`datagen presets\` lists them.
  phrasing: { preset: phrasing }
  complexity: { preset: complexity }

# Combinations that make no sense.
where:
  - not: { phrasing: mixed, complexity: brief }

# One request writes what a customer says, a second one answers it.
recipe:
  preset: singleTurn
  system: You are a friendly support agent of a shoe shop.

checks:
  - check: unique
  - { check: length, of: assistant, min: 20 }

outputs:
  train:
    path: data/train.jsonl
    holdout: { valid: 0.1 }
`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
