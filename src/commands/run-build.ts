/** One build with everything around it: lock, store, providers, screen, run log, stamp. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AskSpec, Loaded, ModelSpec } from '../config/dataset.ts'
import { resolveKey } from '../config/secrets.ts'
import { EVENT_SCHEMA, type RunEnd } from '../events/event.ts'
import { fanOut } from '../events/sink.ts'
import type { Provider } from '../generate/provider.ts'
import { createProvider } from '../generate/providers/create.ts'
import type { ProxySettings } from '../generate/providers/transport.ts'
import { createPace } from '../generate/retry.ts'
import { createReporter } from '../report/reporter.ts'
import { type BuildResult, build } from '../schedule/build.ts'
import type { Halt } from '../schedule/halt.ts'
import { Limits } from '../schedule/limits.ts'
import type { Seller } from '../schedule/purchase.ts'
import { rejectedDraws } from '../schedule/retry-rejected.ts'
import type { Scope } from '../schedule/scope.ts'
import type { Work } from '../schedule/work.ts'
import { acquireBuildLock } from '../store/lock.ts'
import { STORE_FILE } from '../store/open.ts'
import { openRunLog } from '../store/run-log.ts'
import { openStore, openStoreIfExists } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'
import { disk } from '../write/files.ts'
import { cleanTemps } from '../write/temps.ts'
import { asConfigError } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { scopeOf } from './narrow.ts'
import { demandNoLoss } from './real-rows.ts'
import { demandPrices, lockedBy, reportOrphans } from './run-notices.ts'
import { askedModels, choiceOf, datagenDir, pricesOf, usedModels, workOf } from './session.ts'
import { stamp } from './stamp.ts'

export interface RunOptions {
  readonly halt: Halt
  readonly command: 'build' | 'watch'
  /** The build covers the whole config: it may leave a stamp. */
  readonly whole: boolean
  /** Asked before anything is bought; left out, yes. */
  readonly mayBuy?: (work: Work, scope: Scope) => Promise<boolean>
  /** Names of outputs and batches; left out, all. */
  readonly targets?: readonly string[]
}

export async function runBuild(environment: Environment, loaded: Loaded, flags: Flags, options: RunOptions): Promise<BuildResult> {
  const dir = datagenDir(loaded.root)
  // Whatever the config's texts do wrong must show before the first file exists.
  if (!existsSync(join(dir, STORE_FILE))) workOf(loaded, openStoreIfExists(dir))
  const prices = await pricesOf(askedModels(loaded))
  if (flags.budget !== undefined) demandPrices(prices)
  const lock = acquireBuildLock(dir)
  if ('heldBy' in lock) throw lockedBy(dir, lock.heldBy)
  let store: Store | undefined
  try {
    store = openStore(dir)
    const result = await withStore(environment, loaded, flags, options, store, prices)
    await store.close()
    store = undefined
    if (options.whole && result.settled && !flags.retry) stamp(loaded, result)
    return result
  } catch (error) {
    throw asConfigError(loaded, error)
  } finally {
    await store?.close()
    lock.release()
  }
}

async function withStore(
  environment: Environment,
  loaded: Loaded,
  flags: Flags,
  options: RunOptions,
  store: Store,
  prices: Awaited<ReturnType<typeof pricesOf>>,
): Promise<BuildResult> {
  const { clock, random, env } = environment
  const { halt } = options
  const { dataset, root } = loaded
  const startedAt = clock.now()
  const run = `${clock.date().toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`
  const log = openRunLog(datagenDir(root), run)
  const choice = choiceOf(environment, flags)
  const reporter = createReporter(choice, {
    stderr: environment.stderr,
    stdout: environment.stdout,
    stdin: environment.stdin,
    clock,
    root,
    env: environment.env as { NODE_ENV?: string | undefined },
    keys: {
      stop: () => halt.stop('interrupt', 'stopped: finishing what is in flight'),
      pause: (on) => halt.pause(on),
      interrupt: () => process.emit('SIGINT'),
    },
  })
  // Whatever ends the process, the terminal is given back.
  const restore = () => reporter.restore()
  process.once('exit', restore)
  const sink = fanOut(log, reporter)
  halt.report(sink)
  const providers: Provider[] = []
  try {
    sink.emit({
      type: 'run-start',
      schema: EVENT_SCHEMA,
      run,
      time: clock.date().toISOString(),
      command: options.command,
      dataset: dataset.name,
    })
    await reportOrphans(store, sink)
    const work = workOf(loaded, store)
    cleanTemps(dataset.outputs.map((output) => output.path))
    const scope = scopeOf(work.plan, options.targets ?? [], flags.only)
    let agreed: Promise<boolean> | undefined
    const mayBuy = () => {
      agreed ??= flags.frozen ? Promise.resolve(false) : (options.mayBuy?.(work.again(), scope) ?? Promise.resolve(true))
      return agreed
    }
    const rejected = flags.retry ? rejectedDraws(work, scope) : []
    // Only when they may be asked: an epoch that is raised makes the answers before it count no more.
    if (rejected.length > 0 && (await mayBuy())) {
      await Promise.all(rejected.map(({ request, ordinal }) => store.raiseEpoch(request, ordinal)))
    }
    const concurrency = flags.concurrency ?? dataset.concurrency
    const sellers = new Map<ModelSpec, Seller>()
    const openShop = async () => {
      if (!(await mayBuy())) return false
      demandNoLoss(loaded)
      for (const model of askedModels(loaded)) {
        const provider = await createProvider(model, {
          apiKey: resolveKey(model, env, root),
          clock,
          connections: concurrency,
          proxy: proxyOf(env),
        })
        providers.push(provider)
        const price = prices.get(model)
        sellers.set(model, { provider, pace: createPace(), ...(price ? { price } : {}) })
      }
      return true
    }
    const limits = new Limits({
      ...(flags.maxCalls === undefined ? {} : { maxCalls: flags.maxCalls }),
      ...(flags.budget === undefined ? {} : { budgetUsd: flags.budget }),
    })
    const result = build({
      work,
      sink,
      halt,
      clock,
      random,
      run,
      root,
      files: disk,
      environment: env,
      startedAt,
      concurrency,
      models: usedModels(loaded),
      mayBuy: openShop,
      sellers: (step: AskSpec) => sellers.get(step.model) as Seller,
      limits,
      frozen: flags.frozen === true,
      partial: flags.partial === true,
      simulated: new Set(
        dataset.recipe.steps.flatMap((step) => (step.kind === 'ask' && step.model.provider === 'simulated' ? [step.name] : [])),
      ),
      scope,
      ...(flags.budget === undefined ? {} : { budgetUsd: flags.budget }),
    })
    return await result.catch((error) => {
      // Who reads events learns how it ended; people read the error itself.
      const end = brokenOff(error, work, limits, Math.round(clock.now() - startedAt))
      log.emit(end)
      if (choice.reporter === 'json') reporter.emit(end)
      throw error
    })
  } finally {
    await Promise.allSettled(providers.map((provider) => provider.close()))
    await reporter.close()
    process.off('exit', restore)
    await log.close()
  }
}

/** The last event of a run that an error ended. */
function brokenOff(error: unknown, work: Work, limits: Limits, ms: number): RunEnd {
  return {
    type: 'run-end',
    exitCode: error instanceof DatagenError ? error.exitCode : EXIT.usage,
    ms,
    counts: work.board.counts(0, work.plan.items),
    cached: 0,
    calls: limits.calls,
    generated: 0,
    usage: { inputTokens: 0, outputTokens: 0, usd: limits.spentUsd, estimated: true },
    problems: work.board.problems(),
  }
}

/** The usual variables, in either case. */
function proxyOf(env: Environment['env']): ProxySettings {
  const of = (name: string) => env[name] ?? env[name.toLowerCase()]
  const [http, https, none] = [of('HTTP_PROXY'), of('HTTPS_PROXY'), of('NO_PROXY')]
  return { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(none ? { none } : {}) }
}
