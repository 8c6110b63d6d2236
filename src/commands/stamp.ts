/** Leaves the stamp by which the next build sees that nothing changed. */
import type { Loaded } from '../config/dataset.ts'
import type { RunEnd } from '../events/event.ts'
import type { BuildResult } from '../schedule/build.ts'
import { writeStamp } from '../store/stamp.ts'
import { EXIT } from '../util/exit.ts'

/** Failing to leave one costs time, not money: it is not an error of the build. */
export function stamp(loaded: Loaded, { end, files, exitCode }: BuildResult): void {
  writeStamp(loaded.root, {
    reads: loaded.reads,
    configPath: loaded.configPath,
    outputs: files,
    exitCode,
    lines: [stampLine(end, loaded.dataset.outputs.length)],
    ...(loaded.chosenModel ? { chosenModel: loaded.chosenModel } : {}),
  })
}

/** All that builds say until something changes. */
export function stampLine({ counts, exitCode }: Pick<RunEnd, 'counts' | 'exitCode'>, outputs: number): string {
  const rejected = counts.rejected > 0 ? `, ${counts.rejected} rejected` : ''
  const failing = exitCode === EXIT.ok || counts.rejected > 0 ? '' : '; what fails, `datagen report` says'
  return `Up to date. ${plural(counts.items, 'cell')}${rejected}, ${plural(outputs, 'output')}${failing}`
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
