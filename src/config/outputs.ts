/** Outputs: files inside the project, each written by one output only, shares that leave something to train on. */
import { basename, dirname, join, resolve } from 'node:path'
import type { Config, Output } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { BatchSpec, DimensionSpec, Makes, OutputSpec, Reads } from './dataset.ts'
import { lacking } from './formats.ts'
import type { ConfigPath } from './locate.ts'
import { checkMatch } from './match.ts'
import { checkName, foldName } from './names.ts'
import { formatsFor, READERS } from './platforms.ts'
import { REVIEWS_FILE } from './reviews-file.ts'
import { isOutside, realPath } from './tracked.ts'

export interface OutputTools {
  readonly root: string
  readonly reads: Reads
  readonly complaints: Complaints
  readonly dimensions: readonly DimensionSpec[]
  readonly batches: readonly BatchSpec[]
  /** What the recipe's examples are, if that is known. */
  readonly makes?: Makes | undefined
}

export function outputSpecs(config: Config, tools: OutputTools): OutputSpec[] {
  const { complaints } = tools
  const entries = Object.entries(config.outputs ?? { train: {} })
  if (entries.length === 0)
    complaints.add('empty', ['outputs'], '"outputs" is empty', { at: 'key', hint: 'leave it out for one file, `data/train.jsonl`' })
  const taken = new Map<string, string>()
  return entries.map(([name, output]) => {
    const path = ['outputs', name]
    checkName('output', name, path, complaints)
    const spec = outputSpec(name, output, path, tools)
    claim(spec.path, [...path, 'path'], taken, tools)
    for (const split of spec.holdout) claim(split.path, [...path, 'holdout', split.split], taken, tools)
    return spec
  })
}

function outputSpec(name: string, output: Output, path: ConfigPath, tools: OutputTools): OutputSpec {
  const { complaints, dimensions, batches, root } = tools
  const names = batches.map((batch) => batch.name)
  output.batches?.forEach((batch, i) => {
    if (!names.includes(batch))
      complaints.unknown('unknown-batch', [...path, 'batches', i], `there is no batch "${batch}"`, batch, names, 'batches')
  })
  if (output.where) checkMatch(output.where, dimensions, [...path, 'where'], complaints)
  const format = output.format ?? 'openai-chat'
  const lack = tools.makes && lacking(format, tools.makes)
  if (lack) complaints.add('bad-format', [...path, 'format'], `the output "${name}" is "${format}", ${lack.why}`, { hint: lack.hint })
  if (output.for !== undefined && !READERS[format].includes(output.for)) {
    const taken = formatsFor(output.for)
    complaints.add('bad-platform', [...path, 'for'], `${output.for} takes no rows of the format "${format}"`, {
      hint:
        taken.length === 0 ? `datagen writes nothing that ${output.for} takes` : `it takes ${taken.map((one) => `"${one}"`).join(', ')}`,
    })
  }
  const file = output.path ?? `data/${name}.jsonl`
  const problem = pathProblem(file, root)
  if (problem) complaints.add(problem.code, [...path, 'path'], problem.headline, { hint: problem.hint })
  const main = resolve(root, problem ? `data/${name}.jsonl` : file)
  return {
    name,
    format,
    ...(output.for === undefined ? {} : { for: output.for }),
    path: main,
    holdout: holdoutOf(output, main, [...path, 'holdout'], complaints),
    batches: output.batches ?? names,
    ...(output.where ? { where: output.where } : {}),
  }
}

function holdoutOf(output: Output, main: string, path: ConfigPath, complaints: Complaints): OutputSpec['holdout'] {
  const shares = Object.entries(output.holdout ?? {})
  for (const [split, share] of shares) {
    checkName('split', split, [...path, split], complaints)
    if (isUnfit(split)) complaints.add('path', [...path, split], `no file can be called "${split}" on every system`, { at: 'key' })
    if (!(share > 0 && share < 1))
      complaints.add('bad-share', [...path, split], `the share of "${split}" is ${share}`, {
        hint: 'a share lies between 0 and 1: 0.1 sets a tenth aside',
      })
  }
  const sum = shares.reduce((total, [, share]) => total + share, 0)
  if (sum >= 1 && shares.every(([, share]) => share > 0 && share < 1))
    complaints.add(
      'bad-share',
      path,
      `the shares set aside add up to ${Number(sum.toFixed(6))}, which leaves nothing for "${basename(main)}"`,
      { at: 'key' },
    )
  return shares.map(([split, share]) => ({ split, share, path: join(dirname(main), `${split}.jsonl`) }))
}

function pathProblem(file: string, root: string): { code: string; headline: string; hint: string } | undefined {
  const shown = JSON.stringify(file)
  if (/[\p{Cc}\p{Cs}]/u.test(file))
    return { code: 'path', headline: `the path ${shown} has a control character`, hint: 'use letters, digits, "-", "_" and "/"' }
  if (file.includes('\\')) return { code: 'path', headline: `the path ${shown} has a backslash`, hint: 'write "/" on every system' }
  const absolute = resolve(root, file)
  if (
    file.startsWith('/') ||
    /^[A-Za-z]:/.test(file) ||
    file.split('/').includes('..') ||
    isOutside(root, absolute) ||
    isOutside(realPath(root), realPath(absolute))
  )
    return {
      code: 'path-outside',
      headline: `the path ${shown} leads outside the project`,
      hint: 'outputs are relative to the config and stay inside its folder',
    }
  const unfit = file.split('/').find((part) => isUnfit(part))
  if (unfit !== undefined)
    return {
      code: 'path',
      headline: `no file can be called ${JSON.stringify(unfit.length > 40 ? `${unfit.slice(0, 40)}…` : unfit)} on every system`,
      hint: 'use letters, digits, "-", "_" and "/"',
    }
  const parts = file.split('/').map(foldName)
  const ours = parts.find((part) => part === '.datagen' || part === 'node_modules' || part === '.git')
  if (ours !== undefined)
    return { code: 'path', headline: `the path ${shown} lies inside "${ours}"`, hint: 'outputs stand beside it, for example in "data/"' }
  if (file.toLowerCase().endsWith(REVIEWS_FILE))
    return {
      code: 'path',
      headline: `the path ${shown} is where reviews are kept`,
      hint: 'outputs stand beside it, for example in "data/"',
    }
  if (!/[^/.][^/]*\.jsonl$/i.test(file))
    return { code: 'path', headline: `the path ${shown} does not end in ".jsonl"`, hint: 'for example "data/train.jsonl"' }
  return undefined
}

// A file system's limit is 255 bytes; beside an output stand files whose names are longer.
const MOST_NAME_BYTES = 200

/** Names that Windows keeps for devices, characters and ends that it refuses or drops, and what is too long anywhere. */
function isUnfit(part: string): boolean {
  if (part === '.') return false
  return /[<>:"|?*]|[. ]$/.test(part) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part) || Buffer.byteLength(part) > MOST_NAME_BYTES
}

/** Every file that building may write must belong to one output, and to no input. */
function claim(path: string, at: ConfigPath, taken: Map<string, string>, { complaints, reads, root }: OutputTools): undefined {
  const stem = path.replace(/\.jsonl$/i, '')
  for (const file of [path, `${stem}.meta.jsonl`, `${stem}.partial.jsonl`]) {
    const id = foldName(file)
    const shown = file.slice(root.length + 1)
    const other = taken.get(id)
    if (other !== undefined)
      return complaints.add('duplicate-path', at, `two outputs would write "${other}"`, { hint: 'give one of them another path' })
    if (reads.files.get(file)) return complaints.add('duplicate-path', at, `the output would overwrite "${shown}", which the config reads`)
    taken.set(id, shown)
  }
}
