/** What is to be remarked about judges: one that tells nothing apart, drifts, goes by the order, or does not agree with people. */
import { judgesOf } from '../check/judged.ts'
import type { CheckSpec } from '../config/dataset.ts'
import type { JudgeReport, PassRate } from '../events/judges.ts'
import type { Sink } from '../events/sink.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { judgeReports } from './judge-report.ts'
import type { Work } from './work.ts'

export interface JudgeRemark {
  /** Id of the check. */
  readonly check: string
  readonly what: 'controls' | 'passes' | 'drift' | 'position' | 'agreement'
  readonly level: 'warn' | 'fail'
  /** The build fails for it. */
  readonly fails: boolean
  /** What comes behind `the judge of "…" `. */
  readonly headline: string
  readonly facts: readonly (readonly [string, string])[]
  readonly reason: string
}

// Small and medium effects begin there (Romano et al. 2006); a p-value alone calls every large set drifting.
const DRIFT = { p: 0.01, warn: 0.147, fail: 0.33 }
// Good judges keep to two thirds of their verdicts on close pairs when the answers change places (Zheng et al. 2023).
const POSITION = { rows: 20, warn: 0.35, fail: 0.5 }
// Below it, agreement is "fair" at best (Landis and Koch 1977); fewer rows leave it open.
const AGREEMENT = { rows: 20, warn: 0.4 }

/** Of the batches up to one; each remark of a build is told once. */
export class JudgeRemarks {
  readonly #sink: Sink
  readonly #told = new Set<string>()
  #failed = false

  constructor(sink: Sink) {
    this.#sink = sink
  }

  /** A judge that is meant to turn rows down cannot. */
  get failed(): boolean {
    return this.#failed
  }

  tell(work: Work, name: string): void {
    for (const remark of this.remarks(work, name)) {
      if (remark.fails) this.#failed = true
      const diagnostic = diagnosticOf(remark)
      if (this.#told.has(diagnostic.headline)) continue
      this.#told.add(diagnostic.headline)
      this.#sink.emit({ type: 'notice', diagnostic })
    }
  }

  remarks(work: Work, name: string): JudgeRemark[] {
    const judges = new Map(judgesOf(work.dataset.checks).map((check) => [check.id, check]))
    if (judges.size === 0 || !work.isSettled(name)) return []
    const { batches } = work.plan
    const upTo = batches.slice(0, batches.findLastIndex(({ spec }) => spec.name === name) + 1)
    return judgeReports(work, upTo).flatMap((report) => remarksOf(report, judges.get(report.judge) as CheckSpec))
  }
}

export function remarksOf(report: JudgeReport, check: Pick<CheckSpec, 'severity'>): JudgeRemark[] {
  return [...ofControls(report, check), ...ofPasses(report), ...ofDrift(report), ...ofPosition(report), ...ofAgreement(report)]
}

function ofControls({ judge, controls }: JudgeReport, { severity }: Pick<CheckSpec, 'severity'>): JudgeRemark[] {
  if (controls?.state !== 'failing') return []
  const { good, bad, goodMean, badMean, apart = 0, least, missed, unusable } = controls
  return [
    {
      check: judge,
      what: 'controls',
      level: 'fail',
      fails: severity === 'reject',
      headline: `does not tell good from bad: told apart ${percent(apart)}, at least ${percent(least)} wanted`,
      facts: [
        ['good', `${good}, score ${goodMean.toFixed(2)} on average`],
        ['bad', `${bad}, score ${badMean.toFixed(2)} on average`],
        ...(unusable > 0 ? [['unusable', `${unusable} without a verdict`] as const] : []),
        ...missed.slice(0, MOST_MISSED).map((name) => ['missed', name] as const),
      ],
      reason: 'its low levels turn no row down; use another model or clearer levels, or say `controls: false` to trust it all the same',
    },
  ]
}

const MOST_MISSED = 4

/** Each batch against all before it: certain is what the intervals leave no doubt of. */
function ofPasses({ judge, batches }: JudgeReport): JudgeRemark[] {
  return batches.flatMap((now, i): JudgeRemark[] => {
    const before = batches[i - 1]
    if (!before || (now.low <= before.high && now.high >= before.low)) return []
    return [
      {
        check: judge,
        what: 'passes',
        level: 'warn',
        fails: false,
        headline: `passes ${now.high < before.low ? 'fewer' : 'more'} rows of batch "${now.batch}" than of "${before.batch}": ${share(now)}`,
        facts: [[before.batch, share(before)]],
        reason: 'batches that are harder on purpose may; otherwise look at what changed between them',
      },
    ]
  })
}

function ofDrift({ judge, batches }: JudgeReport): JudgeRemark[] {
  return batches.flatMap(({ batch, drift }): JudgeRemark[] => {
    if (!drift || drift.p >= DRIFT.p || Math.abs(drift.delta) < DRIFT.warn) return []
    const level = Math.abs(drift.delta) >= DRIFT.fail ? 'fail' : 'warn'
    const size = Math.abs(drift.delta).toFixed(2)
    return [
      {
        check: judge,
        what: 'drift',
        level,
        fails: false,
        headline: `finds rows of batch "${batch}" ${drift.delta > 0 ? 'worse' : 'better'} from first to last: ${size}, more than ${DRIFT[level]}`,
        facts: [['score', `from ${drift.first.toFixed(2)} to ${drift.last.toFixed(2)} (means of the first and last quarter)`]],
        reason: 'rows should be as good at the end as they were at the beginning; compare some of both with `datagen review`',
      },
    ]
  })
}

function ofPosition({ judge, position }: JudgeReport): JudgeRemark[] {
  if (!position || position.rows < POSITION.rows || position.passed <= POSITION.warn * position.rows) return []
  return [
    {
      check: judge,
      what: 'position',
      level: position.passed > POSITION.fail * position.rows ? 'fail' : 'warn',
      fails: false,
      headline: `goes by which answer stands first: ${share(position)}`,
      facts: [],
      reason: 'pairs may be too close to call; make the rejected answers worse, or use another judge',
    },
  ]
}

function ofAgreement({ judge, agreement }: JudgeReport): JudgeRemark[] {
  return agreement.flatMap(({ criterion, rows, kappa, low, high, observed }): JudgeRemark[] => {
    if (kappa === undefined || rows < AGREEMENT.rows || kappa >= AGREEMENT.warn) return []
    return [
      {
        check: judge,
        what: 'agreement',
        level: 'warn',
        fails: false,
        headline: `agrees with people little more than by chance${criterion === undefined ? '' : ` about "${criterion}"`}: κ ${kappa.toFixed(2)} over ${rows} rows, at least ${AGREEMENT.warn} wanted`,
        facts: [
          ['interval', low === undefined || high === undefined ? 'unknown' : `κ between ${low.toFixed(2)} and ${high.toFixed(2)} (95 %)`],
          ['equal', `${percent(observed)} of the verdicts`],
        ],
        reason: 'make its levels say what people go by, or use another judge; until then it decides otherwise than they would',
      },
    ]
  })
}

/** `42 of 60 rows (70 %, 57 % to 80 %)` */
function share({ rows, passed, low, high }: PassRate): string {
  return `${passed} of ${rows} rows (${percent(passed / Math.max(1, rows))}, truly ${percent(low)} to ${percent(high)})`
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`
}

function diagnosticOf({ check, what, level, fails, headline, facts, reason }: JudgeRemark): Diagnostic {
  return {
    code: `judge/${what}`,
    severity: level === 'fail' && fails ? 'error' : 'warning',
    headline: `the judge of "${check}" ${headline}`,
    facts,
    hint: reason,
  }
}
