/** `datagen cache verify`: hashes everything again, and with `--repair` mends what can be mended. */
import { tmpdir } from 'node:os'
import { count, plural } from '../../report/format.ts'
import type { Finding } from '../../store/care/finding.ts'
import { repair } from '../../store/care/repair.ts'
import { type Verified, verify } from '../../store/care/verify.ts'
import { waitingRescues } from '../../store/care/waiting.ts'
import { StoreFailure } from '../../store/failure.ts'
import { ownFolder } from '../../store/lock.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import { safeJson } from '../../util/safe-json.ts'
import { safeText } from '../../util/safe-text.ts'
import type { Environment } from '../environment.ts'
import type { CacheFlags } from './flags.ts'
import { demandStore, storeFolder } from './folder.ts'
import { inUse } from './in-use.ts'
import { Progress } from './progress.ts'
import { withStoreFile } from './store-file.ts'

export interface VerifyFlags extends CacheFlags {
  readonly repair?: boolean
}

/** A list for people; `--json` gives more. */
const MOST_SHOWN = 20
/** A file that is damaged all over says nothing more by a longer list. */
const MOST_FINDINGS = 10_000

interface Report {
  readonly findings: readonly Finding[]
  /** There are more than are listed. */
  readonly more: number
  readonly seen: (Verified & { readonly rescued: number }) | undefined
}

export async function verifyCommand(environment: Environment, flags: VerifyFlags): Promise<ExitCode> {
  const dir = await storeFolder(environment, flags.config)
  demandStore(dir)
  if (!flags.repair) return answer(environment, flags, await look(environment, flags, dir), undefined)
  const lock = await ownFolder(dir, environment.clock, 0)
  if ('heldBy' in lock) throw inUse(dir, lock.heldBy)
  try {
    return await mend(environment, flags, dir)
  } finally {
    lock.release()
  }
}

/** The caller owns the folder. */
async function mend(environment: Environment, flags: VerifyFlags, dir: string): Promise<ExitCode> {
  // An older format becomes this one first, so that what is found is still so when it is mended.
  await withStoreFile(dir, 'write', () => {}).catch(() => {})
  const before = await look(environment, flags, dir)
  if (before.findings.every(({ repair: { by } }) => by === 'none')) return answer(environment, flags, before, { mended: 0, before })
  const planned = intentions(before.findings).map((line) => ` will ${line}\n`)
  environment.stderr.write(planned.join(''))
  const mended = await withStoreFile(dir, 'write', (file) => repair(file, before.findings, environment.clock))
  return answer(environment, flags, await look(environment, flags, dir), { mended, before })
}

async function look(environment: Environment, flags: CacheFlags, dir: string): Promise<Report> {
  using progress = new Progress(environment, flags.json === true)
  const findings: Finding[] = []
  let more = 0
  const note = (finding: Finding) => {
    if (findings.length < MOST_FINDINGS) findings.push(finding)
    else more++
  }
  try {
    return await withStoreFile(dir, 'read', (file) => {
      const steps = verify(file, (part, done) => progress.at(`verifying ${part}`, done))
      let step = steps.next()
      for (; !step.done; step = steps.next()) note(step.value)
      const rescues = waitingRescues(dir, tmpdir(), step.value.identity)
      for (const finding of rescues.torn) note(finding)
      return { findings, more, seen: { ...step.value, rescued: rescues.answers } }
    })
  } catch (error) {
    // A file that cannot even be opened is what this command is there to name.
    if (!(error instanceof StoreFailure) || error.kind !== 'damaged') throw error
    const why = error.diagnostics[0]?.facts?.find(([label]) => label === 'why')?.[1] ?? error.message
    note({ what: 'file', where: 'store.db', why, repair: { by: 'none' } })
    return { findings, more, seen: undefined }
  }
}

function answer(
  { stdout, stderr }: Environment,
  flags: CacheFlags,
  { findings, more, seen }: Report,
  repaired: { readonly mended: number; readonly before: Report } | undefined,
): ExitCode {
  const sound = findings.length === 0
  const exit = sound ? EXIT.ok : EXIT.store
  if (flags.json) {
    const list = findings.map(({ repair: { by }, ...finding }) => ({ ...finding, repair: by }))
    const mended = repaired && { mended: repaired.mended, found: repaired.before.findings.length + repaired.before.more }
    stdout.write(`${safeJson({ schema: 1, sound, ...seen, findings: list, more, ...mended })}\n`)
    return exit
  }
  const lines = findings
    .slice(0, MOST_SHOWN)
    .map(({ what, key, where, why }) => ` ${what.padEnd(9)} ${key ? `${key.slice(0, 12)}  ` : ''}${where}: ${why}`)
  const rest = findings.length + more - lines.length
  if (rest > 0) lines.push(` … and ${count(rest)} more; --json lists ${more > 0 ? `${count(MOST_FINDINGS)} of them` : 'them all'}`)
  if (repaired) lines.push(` mended ${plural(repaired.mended, 'finding')}`)
  if (seen) {
    const { answers, requests, spare, damaged, rescued } = seen
    const extra = [
      spare > 0 ? `, ${plural(spare, 'spare answer')}` : '',
      damaged > 0 ? `; ${plural(damaged, 'value')} set aside as damaged` : '',
      rescued > 0 ? `; ${plural(rescued, 'rescued answer')} for the next build` : '',
    ].join('')
    lines.push(` ${sound ? 'sound' : 'looked at'}: ${plural(answers, 'answer')}, ${plural(requests, 'request')}${extra}`)
  }
  stdout.write(`${lines.map((line) => safeText(line)).join('\n')}\n`)
  if (!sound) stderr.write(` hint: ${hint(findings)}\n`)
  return exit
}

function hint(findings: readonly Finding[]): string {
  if (
    findings.some(({ what }) => what === 'file' || what === 'page') &&
    findings.every(({ repair: { by } }) => by === 'none' || by === 'reindex')
  )
    return (
      'copy the folder away; `datagen cache export saved.jsonl` saves what can be read, and after moving store.db* away ' +
      '`datagen cache import saved.jsonl` makes a new store of it'
    )
  if (findings.some(({ repair: { by } }) => by !== 'none')) return '`datagen cache verify --repair` mends this; copy the folder away first'
  return 'answers stay in use as they are; nothing needs to be done'
}

/** What a repair is about to do. */
function intentions(findings: readonly Finding[]): string[] {
  const how = (by: Finding['repair']['by']) => findings.filter((finding) => finding.repair.by === by).length
  const [aside, lead, reindex, renumber] = [how('set-aside'), how('lead'), how('reindex'), how('renumber')]
  return [
    ...(aside > 0 ? [`set ${plural(aside, 'damaged value')} aside, so that they can be bought again`] : []),
    ...(lead > 0 ? [`lead to ${plural(lead, 'answer')} again`] : []),
    ...(reindex > 0 ? ['make all indexes anew'] : []),
    ...(renumber > 0 ? ['number new answers after those that are there'] : []),
    'count the totals anew',
  ]
}
