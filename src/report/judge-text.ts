/** What judges came to, in a line each: how many rows pass, whether the judge can be trusted, and how far people agree with it. */
import type { AgreementReport, ControlsReport, JudgeReport, PassRate } from '../events/judges.ts'
import { count, plural } from './format.ts'
import type { Span } from './line.ts'

/** Parts of the line, to be set apart by the caller. */
export function judgeParts({ judge, all, position, controls, agreement }: JudgeReport): Span[] {
  return [
    `${judge}: ${all.rows === 0 ? 'no row is judged yet' : `${passText(all)} pass`}`,
    ...(position && position.rows > 0 ? [`the order decides ${passText(position)}`] : []),
    ...(controls ? [controlsSpan(controls)] : []),
    ...agreement.filter(({ criterion }) => criterion === undefined).map((one) => agreementText(one)),
  ]
}

/** Agreement by criterion, where people gave levels. */
export function criteriaText({ agreement }: JudgeReport): string[] {
  return agreement.filter(({ criterion }) => criterion !== undefined).map((one) => `${one.criterion}: ${agreementText(one)}`)
}

/** `212 of 240 (84 % to 92 %)` */
function passText({ rows, passed, low, high }: PassRate): string {
  return `${count(passed)} of ${count(rows)} (truly ${percent(low)} to ${percent(high)})`
}

function controlsSpan({ state, good, bad, apart, missing, unusable }: ControlsReport): Span {
  const measured = apart === undefined ? '' : `, ${percent(apart)} told apart`
  const none = unusable > 0 ? `, ${count(unusable)} without a verdict` : ''
  switch (state) {
    case 'trusted':
      return [`tells good from bad (${count(good + bad)} controls${measured}${none})`, 'green']
    case 'failing':
      return [`does not tell good from bad (${count(good + bad)} controls${measured}${none}): turns no row down`, 'red']
    case 'rehearsed':
      return ['simulated: its controls say nothing', 'yellow']
    case 'unproven':
      return [missing > 0 ? `${plural(missing, 'control')} to ask about` : `not proven: too few controls${none}`, 'yellow']
  }
}

function agreementText({ rows, observed, kappa, low, high }: AgreementReport): string {
  const interval = low === undefined || high === undefined ? '' : ` (${low.toFixed(2)} to ${high.toFixed(2)})`
  const value = kappa === undefined ? `equal in ${percent(observed)}` : `κ ${kappa.toFixed(2)}${interval}`
  return `${value} with people over ${plural(rows, 'row')}`
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`
}
