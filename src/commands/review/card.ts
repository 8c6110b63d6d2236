/** A row as the screen shows it. What judges said of it is kept back until the reviewer has spoken, so that nobody is led by it. */
import { judgesOf, levelOf } from '../../check/judged.ts'
import type { Card, CardVerdict } from '../../report/review/card.ts'
import type { Verdict } from '../../review/verdict.ts'
import { levelQuestions, levelsBy } from '../../schedule/review-levels.ts'
import type { ReviewRow } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'

export function cardOf(work: Work, row: ReviewRow, by: string, conflict: string | undefined): Card {
  const { item, example, cell, findings, pin } = row
  const given = levelsBy(work, row, by)
  const questions = levelQuestions(work, row).map((question) => {
    const place = question.levels.findIndex(({ id }) => id === String(given[question.id]))
    return { ...question, ...(place < 0 ? {} : { given: place }) }
  })
  const scores = scoresOf(work, row)
  const spoke = row.lines.some((line) => line.by === by && (line.verdict === 'accept' || line.verdict === 'reject'))
  const blind = scores.length > 0 && !spoke && questions.some((question) => !('given' in question))
  const judges = new Set(judgesOf(work.dataset.checks).map(({ id }) => id))
  const shown = blind ? findings.filter(({ check }) => !judges.has(check)) : findings
  const accepted = row.ruling
    ? row.ruling.kind === 'accept'
    : pin
      ? findings.every(({ severity }) => severity !== 'reject')
      : shown.length < findings.length && shown.every(({ severity }) => severity !== 'reject')
        ? undefined
        : row.accepted
  return {
    label: work.label(item),
    batch: item.batch.spec.name,
    cell: [...Object.entries(cell), ...(item.batch.spec.samples > 1 ? [['sample', String(item.sample)] as const] : [])],
    accepted,
    findings: shown,
    scores: blind ? [] : scores,
    questions,
    blind,
    verdicts: work.reviews.about(row.digest, { cell, sample: item.sample }).flatMap((line) => (line === pin?.edit ? [] : verdictOf(line))),
    ...(pin ? { editedBy: pin.edit.by } : {}),
    ...(conflict === undefined ? {} : { conflict }),
    messages: [
      ...example.messages.map((message) => ({ role: message.role, content: textOf(message) })),
      ...(example.rejected ?? []).map((message) => ({ role: `rejected ${message.role}`, content: textOf(message) })),
    ],
  }
}

/** Levels of the judges that check rows, and the answers of other judging steps as they are. */
function scoresOf({ dataset }: Work, { scores, values }: ReviewRow): Card['scores'] {
  const judges = judgesOf(dataset.checks)
  const levels = judges.flatMap(({ id, rule }) => {
    const said = rule.criteria.flatMap((criterion) => {
      const level = levelOf(criterion, values)
      return level === undefined ? [] : [`${criterion.id} ${level}`]
    })
    return said.length === 0 ? [] : [[id, said.join(', ')] as const]
  })
  const known = new Set(judges.flatMap(({ rule }) => rule.criteria.flatMap(({ step, swapped }) => [step, swapped ?? step])))
  const others = scores.filter(([name, value]) => !known.has(`judge:${name}`) && value !== null)
  return [...levels, ...others.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const)]
}

function verdictOf(line: Verdict): CardVerdict[] {
  switch (line.verdict) {
    case 'approve':
      return []
    case 'reject':
      return [{ by: line.by, verdict: line.verdict, text: line.reason }]
    case 'comment':
      return [{ by: line.by, verdict: line.verdict, text: line.text }]
    case 'score':
      return [
        {
          by: line.by,
          verdict: line.verdict,
          text: Object.entries(line.scores)
            .map((one) => one.join(' '))
            .join(', '),
        },
      ]
    default:
      return [{ by: line.by, verdict: line.verdict }]
  }
}

/** What a message says; calls of tools as the JSON that they are. */
function textOf({ content, tool_calls: calls }: ReviewRow['example']['messages'][number]): string {
  return [...(content === null || content === '' ? [] : [content]), ...(calls === undefined ? [] : [JSON.stringify(calls, null, 2)])].join(
    '\n',
  )
}
