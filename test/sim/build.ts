/** One build as a process of its own on the common world: its plan, its death, and what it reported. */
import type { ModelSpec } from '../../src/config/dataset.ts'
import type { Event } from '../../src/events/event.ts'
import { Pace } from '../../src/generate/rate/pace.ts'
import { type BuildOptions, type BuildResult, build } from '../../src/schedule/build.ts'
import { Halt } from '../../src/schedule/halt.ts'
import { type LimitOptions, Limits } from '../../src/schedule/limits.ts'
import { type Preview, preview } from '../../src/schedule/preview.ts'
import type { Seller } from '../../src/schedule/purchase-context.ts'
import { EVERYTHING, type Scope } from '../../src/schedule/scope.ts'
import { StoreFailure } from '../../src/store/failure.ts'
import { WriteFailure } from '../../src/write/failure.ts'
import { seeded } from '../rig/random.ts'
import type { FileFaults } from './files.ts'
import type { Loaded } from './models.ts'
import { Killed, type Plan, runAs, SimProcess } from './process.ts'
import { attempts, workOf } from './session.ts'
import { type Fate, PRICE, type Weather } from './shop.ts'
import { SimStore } from './store.ts'
import { type Account, short, type World } from './world.ts'

/** What happens to a build from outside, at its n-th step. */
export type Blow =
  | { readonly what: 'interrupt' | 'kill' }
  /** Resumes by itself. */
  | { readonly what: 'pause'; readonly ms: number }
  /** Stopped by the system, as with `kill -STOP`. */
  | { readonly what: 'freeze'; readonly ms: number }
  | { readonly what: 'full' | 'readonly'; readonly ms: number }
  | { readonly what: 'bad-commit' }

export interface BuildPlan {
  readonly name: string
  readonly seed: number
  readonly concurrency: number
  readonly retry?: boolean
  readonly only?: string | undefined
  readonly partial?: boolean
  readonly limits?: LimitOptions
  readonly faults?: number
  readonly fatalAt?: number | undefined
  readonly slowest?: number
  readonly script?: readonly Fate[]
  readonly rescues?: boolean
  readonly blows?: ReadonlyMap<number, Blow>
  readonly crash?: Plan['crash']
  readonly files?: FileFaults
  /** Whether `plan` is asked before. */
  readonly previews?: boolean
}

export interface Built {
  readonly process: SimProcess
  readonly plan: BuildPlan
  /** Undefined when it was killed, or ended by an error of the disk. */
  readonly result: BuildResult | undefined
  readonly failure: Error | undefined
  readonly events: readonly Event[]
  readonly account: Account
  readonly store: SimStore
  readonly preview: Preview | undefined
  readonly halt: Halt
}

export async function runSimulated(world: World, { dataset, definition }: Loaded, plan: BuildPlan): Promise<Built> {
  const random = seeded(plan.seed)
  const halt = new Halt()
  const process: SimProcess = new SimProcess(plan.name, { crash: plan.crash, at: blowsOf(world, plan, halt, () => process) })
  const { disk, time } = world
  const store = new SimStore({
    disk,
    process,
    time,
    onClaim: (key) =>
      world.check(
        'halt',
        time.now() <= account.stoppedAt,
        () => `${plan.name} claims ${key} at ${time.now()}, and was stopped at ${account.stoppedAt}`,
      ),
    groupMs: () => (random.chance(0.2) ? 0 : random() * 20),
    ...(plan.rescues ? { rescues: true } : {}),
  })
  const account = accountOf(process, plan, halt)
  world.accounts.set(process, account)
  const events: Event[] = []
  const sink = {
    emit: (event: Event) => {
      if (!process.alive) return
      events.push(event)
      book(world, account, event)
    },
  }
  halt.report(sink)
  let seen: Preview | undefined
  const running = runAs(process, async () => {
    if (store.orphans().length > 0) await store.forgetOrphans()
    const work = workOf(dataset, definition, store, world.columns)
    const scope = scopeOf(plan)
    if (plan.previews) seen = preview(work.again(), new Map(), scope)
    const weather: Weather = { random, faults: plan.faults ?? 0, fatalAt: plan.fatalAt, slowest: plan.slowest ?? 1000, script: plan.script }
    const sellers = new Map<ModelSpec, Seller>()
    const sellerOf = (model: ModelSpec): Seller => {
      const known = sellers.get(model)
      if (known) return known
      const provider = world.shop.provider(process, model.identity, weather)
      const seller: Seller = {
        provider,
        pace: new Pace(time.clock((run) => process.wake(time, run))),
        price: { ...PRICE, source: 'config' },
      }
      sellers.set(model, seller)
      return seller
    }
    const limits = new Limits(plan.limits ?? {})
    const files = world.files.of(process, plan.files)
    const keepsakes = world.keepsakes.of(process)
    const clock = time.clock((run) => process.wake(time, run))
    const beforeWriting = async () => {
      while (world.desk && world.desk !== process && world.desk.alive) await clock.sleep(25)
      world.desk = process
    }
    const common: Omit<BuildOptions, 'work'> = {
      scope,
      sink,
      halt,
      clock,
      random,
      run: plan.name,
      root: '/simulated',
      files,
      keepsakes,
      beforeWriting,
      environment: {},
      startedAt: time.now(),
      concurrency: plan.concurrency,
      models: [],
      mayBuy: async () => true,
      sellers: (step) => sellerOf(step.model),
      limits,
      partial: plan.partial === true,
      simulated: new Set(),
      maxTries: 3,
    }
    const result = await attempts(work, world.columns, plan.retry === true, scope, (attempt) => build({ ...common, work: attempt }))
    process.pass('before-columns')
    if (result.columns) world.columns.write(result.columns)
    return result
  })
  let failure: Error | undefined
  const result = await Promise.race([running, process.died]).catch((error: unknown) => {
    if (error instanceof Killed && process.killed) return undefined
    failure = error as Error
    if (!(error instanceof WriteFailure) && !(error instanceof StoreFailure))
      world.breaks('liveness', `${plan.name} threw ${(error as Error).stack}`)
    return undefined
  })
  running.catch(() => {})
  if (process.alive) await store.close()
  if (process.killed) world.shop.died(process)
  process.end()
  if (world.desk === process) world.desk = undefined
  world.say(plan.name, process.killed ? 'is killed' : failure ? `fails: ${failure.message}` : `ends with ${result?.exitCode}`)
  return { process, plan, result: result ?? undefined, failure, events, account, store, preview: seen, halt }
}

function scopeOf({ only }: BuildPlan): Scope {
  return only === undefined ? EVERYTHING : { item: ({ batch }) => batch.spec.name === only, output: () => false }
}

function accountOf(process: SimProcess, { limits }: BuildPlan, halt: Halt): Account {
  return {
    process,
    budgetUsd: limits?.budgetUsd,
    maxCalls: limits?.maxCalls,
    forbidden: () => halt.stopSignal.aborted,
    stoppedAt: Number.POSITIVE_INFINITY,
    calls: 0,
    allowed: 0,
    open: new Set(),
    acknowledged: 0,
    kept: 0,
    spentUsd: 0,
    reservedUsd: 0,
    quietUntil: new Map(),
  }
}

/** Judges what is said when it is said. */
function book(world: World, account: Account, event: Event): void {
  const who = account.process.name
  switch (event.type) {
    case 'step-start':
      account.allowed++
      account.open.add(event.id)
      world.check('candour', event.reason !== '', () => `${who} begins a step without a reason`)
      world.say(who, 'starts', `${event.id} ${event.step} of ${event.cell}: ${event.reason}`)
      return
    case 'step-retry':
      account.allowed++
      world.say(who, 'retries', `${event.id} after ${event.code}, in ${event.waitMs.toFixed(1)} ms`)
      return
    case 'step-end':
      world.check('candour', account.open.delete(event.id), () => `${who} ends step ${event.id}, which is not under way`)
      // A further try was announced, and none was needed.
      if (event.code === 'found') account.allowed--
      if (event.outcome === 'ok' || event.outcome === 'rejected') account.acknowledged++
      world.check(
        'durable',
        account.acknowledged <= account.kept,
        () => `${who} speaks of ${account.acknowledged} kept answers, ${account.kept} are`,
      )
      world.say(who, 'step', `${event.id} ${event.outcome} ${event.code ?? ''}`)
      return
    case 'batch-end': {
      const { items, accepted, rejected, failed, pending } = event.counts
      world.check('conservation', accepted + rejected + failed + pending === items, () => `${who}: ${JSON.stringify(event.counts)}`)
      world.say(who, 'batch', `${event.batch}: ${accepted} accepted, ${rejected} rejected, ${failed} failed, ${pending} pending`)
      return
    }
    case 'cell-end':
      world.check('durable', event.code !== 'not-kept', () => `${who} cannot read back what it kept for ${event.cell}`)
      return
    case 'stopping':
      account.stoppedAt = Math.min(account.stoppedAt, world.time.now())
      world.say(who, 'stops', `${event.why}: ${event.message}`)
      return
    case 'output-end':
      world.say(who, 'output', `${short(event.output)} ${event.what}, ${event.rows} rows`)
      return
    default:
      return
  }
}

function blowsOf(world: World, plan: BuildPlan, halt: Halt, process: () => SimProcess): Map<number, () => void> {
  const strike = (blow: Blow) => {
    if (!process().alive) return
    world.say(plan.name, 'meets', blow.what)
    switch (blow.what) {
      case 'kill':
        return process().kill()
      case 'interrupt':
        if (halt.interrupt() === 'leave') process().kill()
        return
      case 'pause':
        halt.pause(true)
        return void world.time.after(blow.ms, () => halt.pause(false))
      case 'freeze':
        return process().freeze(world.time.now(), world.time.now() + blow.ms)
      case 'bad-commit':
        return void world.disk.badCommits.add(world.disk.commits + 1)
      default:
        world.disk.state = blow.what
        world.time.after(blow.ms, () => {
          world.disk.state = 'sound'
        })
    }
  }
  const now = (blow: Blow) => (blow.what === 'kill' ? strike(blow) : void world.time.after(0, () => strike(blow)))
  return new Map([...(plan.blows ?? [])].map(([n, blow]) => [n, () => now(blow)]))
}
