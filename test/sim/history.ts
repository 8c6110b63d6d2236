/** One history from one seed: builds, edits, faults, kills and interrupts, then peace, and all laws over it. */
import type { CrashPoint } from '../../src/util/crash-point.ts'
import type { Model } from '../laws/model.ts'
import { type Random, seeded } from '../rig/random.ts'
import { Stuck } from '../rig/virtual-clock.ts'
import { type BuildPlan, type Built, runSimulated } from './build.ts'
import { Judge, LATE } from './judge.ts'
import { LawBroken } from './law.ts'
import { firstModel, loadedOf, nextModel } from './models.ts'
import { messyPlan, quietPlan } from './plans.ts'
import { armCrashPoints } from './process.ts'
import { withoutRealTime } from './real-time.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

/** Whether several builds run at the same time on one store. */
export const TOGETHER: boolean = true

export interface HistoryOptions {
  /** Gets every step as a line. */
  readonly print?: (line: string) => void
  /** Acts that are left out, to find what a failure needs. */
  readonly skip?: ReadonlySet<number>
  readonly together?: boolean
}

export interface Told {
  readonly seed: number
  readonly digest: string
  readonly steps: number
  readonly builds: number
  readonly calls: number
  readonly kills: number
  /** Crash points that were passed. */
  readonly passed: ReadonlySet<CrashPoint>
}

/** How a history was, when a law broke in it. */
export class Broken extends Error {
  readonly seed: number
  readonly law: string
  readonly acts: number
  constructor(seed: number, law: string, acts: number, message: string, cause: unknown) {
    super(`history ${seed} breaks a law. ${message}`, { cause })
    this.seed = seed
    this.law = law
    this.acts = acts
  }
}

const MOST = { events: 60_000, ms: 6 * 3_600_000 }
/** Everything that is known of the moment a model was built whole. */
interface Settled {
  readonly model: Model
  readonly files: ReadonlyMap<string, string>
  /** Of the store: the same as long as nothing is gone. */
  readonly generation: number
  readonly replaced: number
}

/** One build of a history without incidents. */
interface Leg {
  readonly model: Model
  readonly retry?: boolean
  readonly only?: string | undefined
}

class History {
  readonly #seed: number
  readonly #random: Random
  readonly #world: World
  readonly #judge: Judge
  readonly #together: boolean
  readonly #distinct: boolean
  /** Every model is built whole before the next edit, and equal purchases give equal answers: then the outputs follow from the edits alone. */
  readonly #twin: boolean
  readonly #settled: Settled[] = []
  /** What an orderly history comes down to. */
  readonly #course: Leg[] = []
  /** Whether the course says all that was done. */
  #isCharted = true
  #model: Model
  readonly #models: Model[]
  #isSettled = false
  #act = 0
  builds = 0
  kills = 0
  #runs = 0

  constructor(seed: number, trace: Trace, together: boolean) {
    this.#seed = seed
    const random = seeded(Math.imul(seed, 0x9e3779b1))
    this.#random = random
    this.#together = together
    this.#twin = random.chance(0.3)
    this.#distinct = random.chance(0.5)
    const manners = { nonces: !this.#twin, echoes: random.chance(0.3), useless: random.chance(0.5) ? random() * 0.3 : 0 }
    this.#world = new World(Math.imul(seed, 0x85ebca6b), manners, trace)
    this.#judge = new Judge(this.#world)
    this.#model = firstModel(random, this.#distinct)
    this.#models = [this.#model]
  }

  get world(): World {
    return this.#world
  }

  get acts(): number {
    return this.#act
  }

  async run(skip: ReadonlySet<number>): Promise<void> {
    this.#say('history', `${this.#twin ? 'orderly' : 'wild'}: ${JSON.stringify(this.#model)} ${JSON.stringify(this.#world.shop.manners)}`)
    const acts = 1 + this.#random.below(8)
    for (; this.#act < acts; this.#act++) {
      // Each act has chances of its own, so that leaving one out leaves the others as they were.
      const random = seeded(Math.imul(this.#seed, 0xc2b2ae35) ^ Math.imul(this.#act + 1, 0x27d4eb2f))
      if (!skip.has(this.#act)) await this.#once(random)
    }
    await this.#peace(seeded(Math.imul(this.#seed, 0x165667b1)))
  }

  async #once(random: Random): Promise<void> {
    const dice = random()
    if (dice < 0.5) return this.#build(random)
    if (dice < 0.6 && this.#together) return this.#several(random)
    if (dice < 0.85) return this.#edit(random)
    if (dice < 0.92) return this.#undo(random)
    if (dice < 0.95) {
      this.#world.time.jumpWall((random() - 0.5) * 2 * 3_600_000)
      return this.#say('clock', 'the wall clock jumps')
    }
    if (dice < 0.97) return this.#meddle(random)
    if (!this.#twin) this.#damage(random)
  }

  async #edit(random: Random): Promise<void> {
    if (this.#twin && !this.#isSettled) await this.#settle(random)
    this.#model = nextModel(this.#model, random, this.#distinct)
    this.#models.push(this.#model)
    this.#isSettled = false
    this.#say('edit', JSON.stringify(this.#model))
  }

  async #undo(random: Random): Promise<void> {
    if (this.#twin && !this.#isSettled) await this.#settle(random)
    this.#model = random.pick(this.#models)
    this.#isSettled = false
    this.#say('undo', JSON.stringify(this.#model))
  }

  #damage(random: Random): void {
    const { disk } = this.#world
    const held = [...disk.byId.values()]
    for (let n = 1 + random.below(3); n > 0 && held.length > 0; n--) disk.rotten.add(random.pick(held).id)
    this.#isSettled = false
    this.#say('damage', `${disk.rotten.size} values`)
  }

  /** Somebody removes or edits an output, or the memory of the last build. */
  #meddle(random: Random): void {
    const { files, keepsakes, columns } = this.#world
    const path = random.pick([...files.content.keys(), 'columns'])
    this.#isSettled = false
    const how = random.pick(['remove', 'remove all', 'edit'])
    if (path === 'columns') columns.forget()
    else if (how === 'remove all') files.content.clear()
    else if (how === 'remove') files.content.delete(path)
    else keepsakes.edit(path, 'edited by somebody\n')
    this.#say('meddle', `${how} ${path}`)
  }

  async #build(random: Random): Promise<void> {
    await this.#run([this.#messy(random)])
  }

  async #several(random: Random): Promise<void> {
    await this.#run(
      Array.from({ length: 2 + random.below(2) }, () => {
        const { retry, ...plan } = this.#messy(random)
        return plan
      }),
    )
  }

  /** In an orderly history only what is settled is asked again: else what is rejected depends on what is there. */
  #messy(random: Random): BuildPlan {
    return messyPlan(random, this.#name(), this.#model.batches, !this.#twin || this.#isSettled)
  }

  #name(): string {
    return `b${++this.#runs}`
  }

  async #run(plans: readonly BuildPlan[]): Promise<Built[]> {
    const world = this.#world
    const loaded = await loadedOf(this.#model)
    const before = new Map(world.files.content)
    const retry = plans.find((plan) => plan.retry)
    if (retry) this.#isSettled = false
    if (retry) this.#course.push({ model: this.#model, retry: true, only: retry.only })
    for (const plan of plans) this.#say('build', describe(plan))
    const running = plans.map((plan, i) => later(world, i === 0 ? 0 : 50 * i, () => runSimulated(world, loaded, plan)))
    const built = await world.time.until(Promise.all(running), MOST, () => {
      if (world.broken) throw world.broken
    })
    world.time.clear()
    world.disk.state = 'sound'
    world.disk.badCommits.clear()
    this.builds += built.length
    // Which draws were raised before it ended is not part of the course.
    if (retry && built.some(({ result, account }) => !result && account.calls === 0)) this.#isCharted = false
    this.kills += built.filter(({ process }) => process.killed).length
    this.#judge.builds(this.#model, built)
    await this.#judgeFiles(built, before)
    if (world.broken) throw world.broken
    const done = built.find(({ result, plan }) => result?.settled && plan.only === undefined)
    if (done && built.every(({ result, failure }) => result || failure)) await this.#settledBy()
    return built
  }

  /** What was built whole is judged whole. */
  async #settledBy(): Promise<void> {
    await this.#judge.rows(this.#model)
    const { files, disk, replaced } = this.#world
    this.#isSettled = true
    this.#course.push({ model: this.#model })
    this.#settled.push({ model: this.#model, files: new Map(files.content), generation: disk.generation, replaced: replaced.size })
    if (this.#world.broken) throw this.#world.broken
  }

  /** A complete output is touched only by a build that completes it. */
  async #judgeFiles(built: readonly Built[], before: ReadonlyMap<string, string>): Promise<void> {
    const { content } = this.#world.files
    if (before.get(LATE) !== content.get(LATE)) await this.#judge.late(this.#model)
    // Who was killed may have been complete: then the rows are judged when the next build is.
    if (built.some(({ result, process }) => result?.settled || process.killed)) return
    const touched = [...content].find(([path, text]) => /\/(train|valid)\.(meta\.)?jsonl$/.test(path) && before.get(path) !== text)
    if (!touched) return
    // A disk that fills up at one output finds those before it whole.
    const full = built.some(({ failure }) => failure)
    this.#world.check('whole', full, () => `${touched[0]} was changed by an incomplete build`)
    await this.#judge.rows(this.#model)
  }

  /** A build to which nothing happens: it must leave nothing to do. */
  async #settle(random: Random, more: Partial<BuildPlan> = {}): Promise<Built> {
    const [built] = (await this.#run([{ ...quietPlan(random, this.#name()), previews: true, ...more }])) as [Built]
    this.#world.check(
      'liveness',
      built.result?.settled === true,
      () => `nothing was wrong, and ${built.plan.name} ended with ${built.result?.exitCode} ${built.failure?.message}`,
    )
    if (this.#world.broken) throw this.#world.broken
    return built
  }

  async #peace(random: Random): Promise<void> {
    const world = this.#world
    await this.#settle(random)
    await this.#again(random)
    const now = this.#settled.at(-1) as Settled
    const name = JSON.stringify(now.model)
    const past = this.#settled.findLast(({ model }) => JSON.stringify(model) !== name)
    // What is gone or was asked anew on purpose may cost; so may a cell that comes back to a request another cell has taken.
    if (
      past &&
      this.#distinct &&
      world.disk.rotten.size === 0 &&
      past.generation === world.disk.generation &&
      past.replaced === world.replaced.size
    ) {
      this.#say('revert', JSON.stringify(past.model))
      this.#model = past.model
      const built = await this.#settle(random)
      world.check('revert', built.account.calls === 0, () => `${built.account.calls} calls after an undone edit`)
      for (const [path, text] of past.files)
        if (belongs(path, past.model)) world.check('revert', world.files.content.get(path) === text, () => `${path} is not as it was`)
    }
    if (world.broken) throw world.broken
    if (this.#twin && this.#isCharted) await this.#judgeCourse()
  }

  /** The same edits with one call at a time, and nothing that goes wrong. */
  async #judgeCourse(): Promise<void> {
    const twin = new World(1, this.#world.shop.manners, new Trace())
    for (const [i, { model, retry, only }] of this.#course.entries()) {
      const plan: BuildPlan = { name: `leg ${i}`, seed: i, concurrency: 1, only, slowest: 1, ...(retry ? { retry } : {}) }
      await twin.time.until(runSimulated(twin, await loadedOf(model), plan), MOST, () => {
        if (twin.broken) throw twin.broken
      })
    }
    const { model } = this.#course.at(-1) as Leg
    for (const [path, text] of twin.files.content) {
      if (!belongs(path, model)) continue
      this.#world.check(
        'order',
        this.#world.files.content.get(path) === text,
        () => `${path} differs from that of a history without incidents`,
      )
    }
    if (this.#world.broken) throw this.#world.broken
  }

  async #again(random: Random): Promise<void> {
    const world = this.#world
    const { renames } = world.files
    const { commits } = world.disk
    const built = await this.#settle(random)
    world.check('idempotence', built.account.calls === 0, () => `${built.account.calls} calls in a second build`)
    world.check('idempotence', world.files.renames === renames, () => `${world.files.renames - renames} files written by a second build`)
    world.check(
      'idempotence',
      world.disk.commits === commits,
      () => `${world.disk.commits - commits} writes to the store by a second build`,
    )
    if (world.broken) throw world.broken
  }

  #say(what: string, detail: string): void {
    this.#world.say(`#${this.#act}`, what, detail)
  }
}

/** What a build that came to no end has left beside the outputs goes when it may. */
function belongs(path: string, model: Model): boolean {
  if (path.includes('.partial.')) return false
  return path.includes('/train.') || (path.includes('/valid.') ? model.holdout > 0 : model.batches.length > 1)
}

async function later<T>(world: World, ms: number, run: () => Promise<T>): Promise<T> {
  if (ms > 0) await new Promise<void>((resolve) => void world.time.after(world.random() * ms, resolve))
  return run()
}

function describe(plan: BuildPlan): string {
  const { blows, ...rest } = plan
  return JSON.stringify({ ...rest, ...(blows ? { blows: Object.fromEntries(blows) } : {}) })
}

/** Tells one history; throws `Broken` when a law is broken in it. */
export async function tell(seed: number, { print, skip = new Set(), together = TOGETHER }: HistoryOptions = {}): Promise<Told> {
  const trace = new Trace(print)
  const passed = new Set<CrashPoint>()
  const disarm = armCrashPoints((point) => passed.add(point))
  const history = new History(seed, trace, together)
  try {
    await withoutRealTime(() => history.run(skip))
  } catch (error) {
    const law = error instanceof LawBroken ? error.law : error instanceof Stuck ? 'liveness' : 'error'
    throw new Broken(seed, law, history.acts + 1, (error as Error).message, error)
  } finally {
    disarm()
  }
  const { shop } = history.world
  return { seed, digest: trace.digest, steps: trace.steps, builds: history.builds, calls: shop.sales.length, kills: history.kills, passed }
}
