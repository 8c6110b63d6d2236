/** Leaves the stamp by which the next build sees that nothing changed. */
import type { Loaded } from '../config/dataset.ts'
import type { BuildResult } from '../schedule/build.ts'
import { writeStamp } from '../store/stamp.ts'

/** Failing to leave one costs time, not money: it is not an error of the build. */
export function stamp(loaded: Loaded, { end, files, exitCode }: BuildResult): void {
  const { counts } = end
  const outputs = loaded.dataset.outputs.length
  const rejected = counts.rejected > 0 ? `, ${counts.rejected} rejected` : ''
  writeStamp(loaded.root, {
    reads: loaded.reads,
    configPath: loaded.configPath,
    outputs: files,
    exitCode,
    lines: [`Up to date. ${plural(counts.items, 'cell')}${rejected}, ${plural(outputs, 'output')}`],
    ...(loaded.chosenModel ? { chosenModel: loaded.chosenModel } : {}),
  })
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
