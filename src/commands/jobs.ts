/** `datagen jobs`: the batch jobs of this dataset's store; `cancel` ends one at its provider, `forget` gives its answers up. */
import type { RemoteJob } from '../generate/batch/job-service.ts'
import { flushed } from '../report/flush.ts'
import { count } from '../report/format.ts'
import { jobLines } from '../report/jobs-text.ts'
import { write } from '../report/line.ts'
import { nameOfModel } from '../schedule/jobs/context.ts'
import type { Job } from '../store/jobs.ts'
import { openStore, openStoreIfExists } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import type { Environment, Flags } from './environment.ts'
import { JobServices } from './job-services.ts'
import { jobView } from './job-views.ts'
import { choiceOf, datagenDir, load } from './session.ts'

export async function jobsCommand(environment: Environment, flags: Flags, action?: string, id?: string): Promise<ExitCode> {
  if (action !== undefined && action !== 'cancel' && action !== 'forget')
    throw usage(
      `there is no \`datagen jobs ${action}\``,
      'write `datagen jobs`, `datagen jobs cancel [job]` or `datagen jobs forget <job>`',
    )
  const loaded = await load(environment, flags)
  const dir = datagenDir(loaded.root)
  if (action === undefined) return listing(environment, flags, openStoreIfExists(dir))
  const store = openStore(dir, { clock: environment.clock })
  await using services = new JobServices(environment, loaded.root)
  try {
    return action === 'cancel' ? await cancel(environment, services, store, id) : await forget(environment, services, store, id)
  } finally {
    await store.close()
  }
}

async function listing(environment: Environment, flags: Flags, store: Store): Promise<ExitCode> {
  const { stdout } = environment
  try {
    const jobs = store.jobs
      .all()
      .filter(({ state }) => flags.all || state !== 'ended')
      .map(jobView)
    const paper = { columns: stdout.columns, color: choiceOf(environment, flags).color && stdout.isTTY === true }
    if (flags.json) stdout.write(`${safeJson({ schema: 1, jobs })}\n`)
    else if (jobs.length === 0)
      stdout.write(flags.all ? 'No batch jobs.\n' : 'No batch jobs are waited for; --all lists those that have ended.\n')
    else stdout.write(`${write(jobLines(jobs, ' job '), paper, 8).join('\n')}\n`)
    await flushed(stdout)
    return EXIT.ok
  } finally {
    await store.close()
  }
}

/** What a job answered before it was cancelled is collected by the next build, and kept. */
async function cancel(environment: Environment, services: JobServices, store: Store, id: string | undefined): Promise<ExitCode> {
  const { stdout } = environment
  const open = store.jobs.all().filter(({ state }) => state === 'submitted')
  const chosen = id === undefined ? open : [jobNamed(store, id)]
  if (chosen.length === 0) stdout.write('No batch jobs are waited for.\n')
  let exit: ExitCode = EXIT.ok
  for (const job of chosen) {
    if (job.state !== 'submitted' || job.remoteId === undefined) throw usage(`batch job ${job.number} is not waited for`, LIST)
    const service = await services.at(job.place)
    const cancelled = await service.cancel(job.remoteId, new AbortController().signal)
    if (cancelled.kind === 'ok') {
      await noteSeen(store, job, cancelled.value, runOf(environment, 'cancel'))
      stdout.write(`batch job ${job.number}: ${cancelled.value.status}; the next build keeps what was answered\n`)
      continue
    }
    const looked = await service.look(job.remoteId, new AbortController().signal)
    if (looked.kind === 'ok' && looked.value.outcome !== undefined) {
      stdout.write(`batch job ${job.number}: has ended already (${looked.value.status}); the next build collects it\n`)
      continue
    }
    stdout.write(`batch job ${job.number}: ${cancelled.failure.message}\n`)
    exit = EXIT.provider
  }
  return exit
}

/** Only for answers that cannot be had any more: the others were paid for. */
async function forget(environment: Environment, services: JobServices, store: Store, id: string | undefined): Promise<ExitCode> {
  const { stdout, clock } = environment
  if (id === undefined) throw usage('`datagen jobs forget` needs the number of a job', LIST)
  const job = jobNamed(store, id)
  if (job.state === 'ended') throw usage(`batch job ${job.number} has ended`, LIST)
  if (job.remoteId !== undefined && (await canStillBeHad(services, job)))
    throw usage(
      `the answers of batch job ${job.number} may still come, and are paid for`,
      `\`datagen jobs cancel ${job.number}\` ends it; then \`datagen build\` keeps what was answered`,
    )
  if (!(await store.jobs.take(job.id, runOf(environment, 'forget'))))
    throw usage(`a build is at work on batch job ${job.number}`, 'wait until it has ended')
  const missing = store.jobs.keys(job.id).length
  const answered = job.requests - missing
  await store.jobs.end({ ...job, end: { at: clock.date().toISOString(), answered, failed: 0, missing, usd: null, forgotten: true } })
  stdout.write(
    `batch job ${job.number} of ${nameOfModel(job.place)} is forgotten; ${count(missing)} of its requests can be asked for again\n`,
  )
  return EXIT.ok
}

async function canStillBeHad(services: JobServices, job: Job): Promise<boolean> {
  const { signal } = new AbortController()
  const service = await services.at(job.place)
  const looked = await service.look(job.remoteId as string, signal)
  if (looked.kind === 'failure') {
    if (looked.failure.code === 'not-found') return false
    throw new DatagenError(
      {
        code: 'provider/unknown',
        severity: 'error',
        headline: `whether the answers of batch job ${job.number} can still be had is not known: ${looked.failure.message}`,
        hint: 'they may have been paid for, so they are not given up: try again when the provider answers',
      },
      EXIT.provider,
    )
  }
  const { outcome, outputFileId, completed } = looked.value
  if (outcome === undefined) return true
  if (outputFileId === undefined) return false
  let lines = 0
  const read = await service.read(
    outputFileId,
    () => {
      lines++
      return undefined
    },
    signal,
  )
  return read.kind === 'ok' ? lines >= completed : read.failure.code !== 'not-found'
}

/** For `datagen jobs`; not worth waiting for a build that has it in its hands. */
async function noteSeen({ jobs }: Store, job: Job, { status, completed, failed }: RemoteJob, run: string): Promise<void> {
  if (!(await jobs.take(job.id, run))) return
  await jobs.update({ ...job, seen: { status, completed, failed } })
  await jobs.leave(job.id)
}

/** A name for what is done outside of a build. */
function runOf({ clock, random }: Environment, what: string): string {
  return `${what}-${clock.date().toISOString()}-${Math.floor(random() * 1e9)}`
}

const LIST = '`datagen jobs --all` lists them'

function jobNamed(store: Store, id: string): Job {
  const job = store.jobs.all().find((one) => one.number === Number(id))
  if (!job) throw usage(`there is no batch job ${JSON.stringify(id)}`, LIST)
  return job
}

function usage(headline: string, hint: string): DatagenError {
  return new DatagenError({ code: 'usage/jobs', severity: 'error', headline, hint })
}
