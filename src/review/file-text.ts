/** The whole of `datagen.reviews.jsonl`: read with every problem named by its line, written sorted, so that git can merge it. */
import { basename } from 'node:path'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { lineText, readLine } from './line-text.ts'
import { slotOf, type Verdict } from './verdict.ts'

/** A reviews file as it was read; `text` is null when there is none. */
export interface ReviewsFile {
  readonly path: string
  readonly text: string | null
}

const MARKER = /^(?:<{7}|\|{7}|={7}|>{7})(?: |\r?$)/
// A person mends a handful before looking again.
const MOST_PROBLEMS = 10

/** Sorted, each once. Throws a `DatagenError` (exit 2) for a line that is no verdict: nothing that somebody wrote may be passed over. */
export function readReviews({ path, text }: ReviewsFile): Verdict[] {
  if (text === null) return []
  const lines = text.split('\n')
  const problems: Diagnostic[] = []
  const found: Verdict[] = []
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    if (MARKER.test(line)) {
      problems.push(conflict(path, text, i + 1))
      break
    }
    const read = readLine(i === 0 ? line.replace(/^\ufeff/, '') : line)
    if ('line' in read) found.push(read.line)
    else if (problems.length < MOST_PROBLEMS) problems.push(malformed(path, text, i + 1, read.problem, read.hint))
  }
  if (problems.length > 0) throw new DatagenError(problems)
  return sorted(found)
}

/** The file's text: what the same person took back by a later line is left out. */
export function reviewsText(lines: readonly Verdict[]): string {
  const newest = new Map<string, number>()
  const slot = (line: Verdict) => `${line.by}\n${slotOf(line)}`
  for (const line of lines) newest.set(slot(line), Math.max(newest.get(slot(line)) ?? 0, line.revision))
  return sorted(lines.filter((line) => line.revision === newest.get(slot(line))))
    .map((line) => `${lineText(line)}\n`)
    .join('')
}

/** By what they are about, then by who said it; equal lines are one. */
function sorted(lines: readonly Verdict[]): Verdict[] {
  const keyed = new Map(lines.map((line) => [lineText(line), line]))
  return [...keyed]
    .map(([text, line]) => ({ line, order: [subject(line), slotOf(line), line.by, String(line.revision).padStart(9, '0'), text] }))
    .sort((a, b) => compare(a.order, b.order))
    .map(({ line }) => line)
}

/** What is about one example stands together; batches come last. */
function subject(line: Verdict): string {
  switch (line.verdict) {
    case 'edit':
      return line.was
    case 'approve':
      return `~${line.batch}`
    default:
      return line.example
  }
}

/** By code units: the same in every locale. */
function compare(a: readonly string[], b: readonly string[]): number {
  for (const [i, part] of a.entries()) {
    const other = b[i] as string
    if (part !== other) return part < other ? -1 : 1
  }
  return 0
}

function malformed(path: string, source: string, line: number, problem: string, hint: string | undefined): Diagnostic {
  return {
    code: 'reviews/line',
    severity: 'error',
    headline: `line ${line} of ${basename(path)} ${problem}`,
    place: { file: path, line, source },
    hint: hint ?? 'mend the line, or delete it to take the verdict back; `git log -p` on the file shows what it was',
  }
}

function conflict(path: string, source: string, line: number): Diagnostic {
  return {
    code: 'reviews/conflict',
    severity: 'error',
    headline: `${basename(path)} has merge conflicts`,
    place: { file: path, line, source },
    hint: `keep the lines of both sides and delete the markers; with "${basename(path)} merge=union" in .gitattributes, git does so by itself`,
  }
}
