/** A script as a person writes it, in JSON or YAML: checked, with the place of every mistake. */
import { Complaints, didYouMean } from '../config/complaints.ts'
import type { ConfigPath } from '../config/locate.ts'
import { parseData } from '../config/parse-data.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { faultNamed, NAMED_FAULTS } from './catalogue.ts'
import type { Fault } from './faults.ts'
import { type JobRule, LINE_FAULTS, type LineRule } from './job-rules.ts'
import { type Latency, parseLatency } from './latency.ts'
import type { Rule, Script } from './script.ts'

type Plain = { readonly [name: string]: unknown }

const FIELDS = ['latency', 'pieceMs', 'models', 'answers', 'rules', 'jobs', 'fresh']
const RULE_FIELDS = ['fault', 'share', 'contains', 'nth', 'times']
const ANSWER_FIELDS = ['contains', 'content']
/** What a job may be told, and what a line of one. */
type Kind = 'text' | 'number' | 'truth' | 'numbers' | 'lines' | readonly string[]
const JOB_FIELDS: { readonly [F in keyof JobRule]-?: Kind } = {
  nth: 'numbers',
  looks: 'number',
  seconds: 'number',
  outcome: ['completed', 'expired'],
  answered: 'number',
  problem: 'text',
  shuffled: 'truth',
  noOutput: 'truth',
  hidden: 'truth',
  answer: ['reset', 'error'],
  lines: 'lines',
}
const LINE_FIELDS: { readonly [F in keyof LineRule]-?: Kind } = {
  contains: 'text',
  every: 'number',
  what: LINE_FAULTS,
  status: 'number',
  code: 'text',
  message: 'text',
  model: 'text',
}
/** Faults that are not in the catalogue because a person has to say more of them, with the fields that each has. */
const OWN_FAULTS: { readonly [kind: string]: { readonly [field: string]: 'text' | 'number' | 'object' | 'text or null' } } = {
  status: { status: 'number', headers: 'object', body: 'text' },
  body: { body: 'text', type: 'text', headers: 'object' },
  content: { content: 'text or null', finish: 'text or null', refusal: 'text' },
  fields: { fields: 'object' },
  drip: { everyMs: 'number' },
  'late-body': { ms: 'number' },
  redirect: { status: 'number', location: 'text' },
}
const NEEDED: { readonly [kind: string]: string } = {
  status: 'status',
  body: 'body',
  content: 'content',
  fields: 'fields',
  drip: 'everyMs',
  'late-body': 'ms',
  redirect: 'location',
}

/** Throws a `DatagenError` that names every mistake. */
export function readScript(file: string, text: string): Script {
  const parsed = parseData(file, text)
  if (!parsed.ok) throw new DatagenError(parsed.problems)
  const reader = new Reader(new Complaints(parsed.locate))
  const script = reader.script(parsed.value)
  reader.complaints.throwIfAny()
  return script
}

class Reader {
  readonly complaints: Complaints

  constructor(complaints: Complaints) {
    this.complaints = complaints
  }

  script(value: unknown): Script {
    if (!this.#isObject(value, [], FIELDS)) return {}
    const { latency, pieceMs, models, answers, rules, jobs, fresh } = value
    const drawn = this.#latency(latency)
    return {
      ...(drawn ? { latency: drawn } : {}),
      ...(this.#isNumber(pieceMs, ['pieceMs'], 0) ? { pieceMs } : {}),
      ...(this.#isList(models, ['models']) ? { models: models.filter((name, i) => this.#isText(name, ['models', i])) as string[] } : {}),
      ...(this.#isList(answers, ['answers']) ? { answers: answers.flatMap((answer, i) => this.#answer(answer, ['answers', i])) } : {}),
      ...(this.#isList(rules, ['rules']) ? { rules: rules.flatMap((rule, i) => this.#rule(rule, ['rules', i])) } : {}),
      ...(this.#isList(jobs, ['jobs']) ? { jobs: jobs.filter((job, i) => this.#hasKinds(job, JOB_FIELDS, ['jobs', i])) as JobRule[] } : {}),
      ...(typeof fresh === 'boolean' ? { fresh } : {}),
    }
  }

  #latency(value: unknown): Latency | undefined {
    if (value === undefined) return undefined
    const latency = typeof value === 'number' || typeof value === 'string' ? parseLatency(String(value)) : undefined
    if (!latency) this.complaints.add('wrong-value', ['latency'], '"latency" is no latency', { hint: LATENCY_HINT })
    return latency
  }

  #answer(value: unknown, path: ConfigPath): { contains: string; content: string }[] {
    if (!this.#isObject(value, path, ANSWER_FIELDS, ANSWER_FIELDS)) return []
    const { contains, content } = value
    const good = [this.#isText(contains, [...path, 'contains']), this.#isText(content, [...path, 'content'])]
    return good.every(Boolean) ? [{ contains: contains as string, content: content as string }] : []
  }

  #rule(value: unknown, path: ConfigPath): Rule[] {
    if (!this.#isObject(value, path, RULE_FIELDS, ['fault'])) return []
    const { share, contains, nth, times } = value
    const named = this.#fault(value['fault'], [...path, 'fault'])
    const at = (field: string): ConfigPath => [...path, field]
    return named === undefined
      ? []
      : [
          {
            ...named,
            ...(this.#isNumber(share, at('share'), 0, 1) ? { share } : {}),
            ...(contains !== undefined && this.#isText(contains, at('contains')) ? { contains } : {}),
            ...(this.#isNumber(times, at('times'), 1) ? { times } : {}),
            ...(this.#isList(nth, at('nth')) ? { nth: nth.filter((n, i) => this.#isNumber(n, [...at('nth'), i], 0)) as number[] } : {}),
          },
        ]
  }

  #fault(value: unknown, path: ConfigPath): Pick<Rule, 'fault' | 'name'> | undefined {
    if (typeof value === 'string') {
      const found = faultNamed(value)
      if (found) return { fault: found.fault, name: found.name }
      const hint =
        didYouMean(
          value,
          NAMED_FAULTS.map(({ name }) => name),
        ) ?? LIST_HINT
      return this.complaints.add('unknown-fault', path, `there is no fault "${value}"`, { hint })
    }
    if (value === undefined) return undefined
    const kind = typeof value === 'object' && value !== null ? (value as Plain)['kind'] : undefined
    const fields = typeof kind === 'string' && Object.hasOwn(OWN_FAULTS, kind) ? OWN_FAULTS[kind] : undefined
    if (!fields)
      return this.complaints.add('unknown-fault', path, 'a fault is a name, or an object with a "kind"', {
        facts: [['kinds', Object.keys(OWN_FAULTS).join(', ')]],
        hint: LIST_HINT,
      })
    const good = this.#isObject(value, path, ['kind', ...Object.keys(fields)], ['kind', NEEDED[kind as string] as string])
    const wrong = Object.entries(fields).filter(([field, type]) => good && !this.#has(value, field, type, path))
    return good && wrong.length === 0
      ? { fault: { ...(kind === 'redirect' ? { status: 307 } : {}), ...value } as unknown as Fault }
      : undefined
  }

  #has(value: Plain, field: string, type: string, path: ConfigPath): boolean {
    const given = value[field]
    if (given === undefined) return true
    const fits =
      type === 'object'
        ? typeof given === 'object' && given !== null && !Array.isArray(given)
        : type === 'number'
          ? typeof given === 'number' &&
            Number.isFinite(given) &&
            given >= 0 &&
            (field !== 'status' || (Number.isInteger(given) && given >= 200 && given < 600))
          : typeof given === 'string' || (type === 'text or null' && given === null)
    if (!fits) {
      const wanted = field === 'status' ? 'an HTTP status from 200 to 599' : type === 'object' ? 'an object' : `a ${type}`
      this.complaints.add('wrong-type', [...path, field], `"${field}" must be ${wanted}`)
    }
    return fits
  }

  #hasKinds(value: unknown, fields: { readonly [field: string]: Kind }, path: ConfigPath, needed: readonly string[] = []): boolean {
    if (!this.#isObject(value, path, Object.keys(fields), needed)) return false
    return Object.entries(fields).every(([name, kind]) => value[name] === undefined || this.#is(value[name], kind, [...path, name]))
  }

  #is(value: unknown, kind: Kind, path: ConfigPath): boolean {
    switch (kind) {
      case 'text':
        return this.#isText(value, path)
      case 'number':
        return this.#isNumber(value, path, 0)
      case 'truth':
        if (typeof value !== 'boolean') this.complaints.add('wrong-type', path, `"${path.join('.')}" must be true or false`)
        return typeof value === 'boolean'
      case 'numbers':
        return this.#isList(value, path) && value.every((n, i) => this.#isNumber(n, [...path, i], 0))
      case 'lines':
        return this.#isList(value, path) && value.every((line, i) => this.#hasKinds(line, LINE_FIELDS, [...path, i], ['what']))
      default:
        if (kind.includes(value as string)) return true
        this.complaints.add('wrong-value', path, `"${path.join('.')}" must be one of: ${kind.join(', ')}`)
        return false
    }
  }

  #isObject(value: unknown, path: ConfigPath, known: readonly string[], needed: readonly string[] = []): value is Plain {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.complaints.add('wrong-type', path, `${path.length === 0 ? 'a script' : `"${path.join('.')}"`} must be an object`)
      return false
    }
    for (const name of Object.keys(value))
      if (!known.includes(name))
        this.complaints.unknown('unknown-key', [...path, name], `there is no field "${name}" here`, name, known, 'fields', 'key')
    const missing = needed.filter((name) => !Object.hasOwn(value, name))
    for (const name of missing) this.complaints.add('missing-key', path, `"${name}" is missing`)
    return missing.length === 0
  }

  #isList(value: unknown, path: ConfigPath): value is readonly unknown[] {
    if (value === undefined) return false
    if (!Array.isArray(value)) this.complaints.add('wrong-type', path, `"${path.join('.')}" must be a list`)
    return Array.isArray(value)
  }

  #isText(value: unknown, path: ConfigPath): value is string {
    if (typeof value !== 'string') this.complaints.add('wrong-type', path, `"${path.join('.')}" must be a text`)
    return typeof value === 'string'
  }

  #isNumber(value: unknown, path: ConfigPath, from: number, to = Number.MAX_SAFE_INTEGER): value is number {
    if (value === undefined) return false
    const good = typeof value === 'number' && value >= from && value <= to
    if (!good)
      this.complaints.add(
        'wrong-value',
        path,
        `"${path.join('.')}" must be a number from ${from}${to < Number.MAX_SAFE_INTEGER ? ` to ${to}` : ''}`,
      )
    return good
  }
}

export const LATENCY_HINT = 'milliseconds: `200`, `100-500`, or `p50=300,p99=2000`'
const LIST_HINT = '`datagen simulate-server --list-faults` lists those that have a name'
