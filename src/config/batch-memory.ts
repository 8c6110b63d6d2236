/** What earlier batches leave to whoever writes for a later one: what is covered already, and what reviewers said. */
import type { StepContext } from '../../schema/config.ts'

const COVERED = 'Already covered by others; choose something clearly different:'
const REMARKED = 'Reviewers remarked on earlier ones; heed this:'

/** Paragraphs for a writer's prompt; none where there is nothing to remember, so that first batches ask as ever. */
export function alreadySeen({ covered, remarks }: StepContext): string[] {
  return [list(COVERED, covered), list(REMARKED, remarks)].filter((part) => part !== undefined)
}

function list(intro: string, lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : `${intro}\n${lines.map((line) => `* ${line}`).join('\n')}`
}
