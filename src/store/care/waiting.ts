/** Answers in rescue files that the next build takes over. */
import { readRescue, rescueFiles } from '../rescue.ts'
import { type Finding, NO_REPAIR } from './finding.ts'

export interface Waiting {
  readonly answers: number
  /** Places where an answer begins that cannot be believed. */
  readonly torn: readonly Finding[]
}

/** `temp`: the system's folder for temporary files; `identity`: whose rescue files count. */
export function waitingRescues(dir: string, temp: string, identity: string): Waiting {
  let answers = 0
  const torn: Finding[] = []
  for (const { path } of rescueFiles(dir, temp).filter(({ store }) => store === identity)) {
    try {
      const read = readRescue(path)
      answers += read.responses.length
      if (read.torn > 0) torn.push({ what: 'rescue', where: path, why: `${read.torn} answers in it are torn`, repair: NO_REPAIR })
    } catch (error) {
      torn.push({ what: 'rescue', where: path, why: (error as Error).message, repair: NO_REPAIR })
    }
  }
  return { answers, torn }
}
