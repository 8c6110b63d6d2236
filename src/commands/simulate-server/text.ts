/** What `datagen simulate-server` says. */
import { count, duration, list, plural, tokens } from '../../report/format.ts'
import { type Line, type Paper, write } from '../../report/line.ts'
import { NAMED_FAULTS, type NamedFault } from '../../simulate/catalogue.ts'
import type { Latency } from '../../simulate/latency.ts'
import type { Totals } from '../../simulate/ledger.ts'
import type { Rule } from '../../simulate/script.ts'
import type { ServerChoice } from './options.ts'

export function welcomeText(url: string, { limits, script, seed }: ServerChoice, paper: Paper): string {
  const { latency, rules = [] } = script
  const facts: Line[] = [
    ['  answers  ', 'simulated, not for training', ...(seed === 0 ? [] : [` · seed ${seed}`])],
    ['  latency  ', latency ? latencyWords(latency) : 'none'],
    ['  limits   ', limits ? limitWords(limits) : 'none'],
    ['  faults   ', rules.length === 0 ? 'none' : rules.map(ruleWords).join(', ')],
  ]
  const model = `    models: { writer: { use: 'openai:any-model', baseUrl: '${url}' } },`
  const lines = [
    ...write(facts, paper, 11),
    '',
    '  In a config:',
    '',
    model,
    '',
    '  Chat completions, responses and embeddings are answered. Ctrl-C ends it.',
  ]
  return `${lines.join('\n')}\n`
}

function latencyWords(latency: Latency): string {
  switch (latency.kind) {
    case 'fixed':
      return duration(latency.ms)
    case 'uniform':
      return `${duration(latency.from)} to ${duration(latency.to)}`
    case 'lognormal':
      return `half of all within ${duration(latency.p50)}, 99 % within ${duration(latency.p99)}`
  }
}

function limitWords({ style, requestsPerMinute, tokensPerMinute }: NonNullable<ServerChoice['limits']>): string {
  const parts = [
    ...(requestsPerMinute === undefined ? [] : [plural(requestsPerMinute, 'request')]),
    ...(tokensPerMinute === undefined ? [] : [plural(tokensPerMinute, 'token')]),
  ]
  return `${list(parts)} a minute, said as ${style} says it`
}

function ruleWords({ fault, name = fault.kind, share, contains, nth, times }: Rule): string {
  return [
    name,
    ...(share === undefined ? [] : [`${Math.round(share * 1000) / 10} %`]),
    ...(contains === undefined ? [] : [`where "${contains}" stands`]),
    ...(nth === undefined ? [] : [`requests ${nth.slice(0, 10).join(', ')}`]),
    ...(times === undefined ? [] : [`${plural(times, 'time')} at most`]),
  ].join(' ')
}

/** One line: what became of all requests so far. */
export function tallyText({ requests, answered, faults, limited, billed }: Totals): string {
  return [
    plural(requests, 'request'),
    `${count(answered)} answered`,
    ...(limited === 0 ? [] : [`${count(limited)} over a limit`]),
    ...Object.entries(faults).map(([name, n]) => `${count(n)} ${name}`),
    `${tokens(billed.input)} tokens in, ${tokens(billed.output)} out`,
  ].join(' · ')
}

export function summaryText(totals: Totals, ms: number, paper: Paper): string {
  const { requests, answered, faults, limited, billed, lost } = totals
  const struck = Object.entries(faults)
  const lines: Line[] = [
    [[`Served ${plural(requests, 'request')} in ${duration(ms)}`, 'bold']],
    ['  answered  ', count(answered)],
    ...(limited === 0 ? [] : [['  limited   ', `${count(limited)} over a limit (429)`]]),
    ...(struck.length === 0 ? [] : [['  faults    ', struck.map(([name, n]) => `${name} ${count(n)}`).join(', ')]]),
    ['  billed    ', billWords(billed)],
    ...(lost.requests === 0 ? [] : [['  of these  ', `${billWords(lost)} never arrived whole`]]),
  ]
  return `${write(lines, paper, 12).join('\n')}\n`
}

function billWords({ requests, input, output }: Totals['billed']): string {
  return `${plural(requests, 'answer')}: ${tokens(input)} tokens in, ${tokens(output)} out`
}

const GROUPS: { readonly [group in NamedFault['group']]: string } = {
  refusal: 'refusals',
  connection: 'connections',
  body: 'bodies',
  answer: 'answers',
  stream: 'streams (only requests with `stream: true` meet them)',
}

export function faultsText(json: boolean, paper: Paper): string {
  if (json) return NAMED_FAULTS.map(({ name, group, what }) => `${JSON.stringify({ name, group, what })}\n`).join('')
  const width = Math.max(...NAMED_FAULTS.map(({ name }) => name.length))
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const lines = NAMED_FAULTS.filter((one) => one.group === group).map(
      ({ name, what }): Line => [`  ${name.padEnd(width)}  `, [what, 'dim']],
    )
    return write([[[title, 'bold']], ...lines], paper, width + 4).join('\n')
  })
  return `${[...groups, 'One in five requests: `datagen simulate-server --fault rate-limit=0.2`; may be given several times.'].join('\n\n')}\n`
}
