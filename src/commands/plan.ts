/** `datagen plan`: what a build would ask, why, and for how much; no call is made and nothing is written. */
import { basename, relative } from 'node:path'
import type { Loaded } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import { tokenizer } from '../generate/tokens.ts'
import { type PlanView, planText } from '../report/plan-text.ts'
import { reliance } from '../schedule/capabilities.ts'
import { equalRequests } from '../schedule/notices.ts'
import { outputState } from '../schedule/output-state.ts'
import { preview } from '../schedule/preview.ts'
import { reviewNotices } from '../schedule/review-conflicts.ts'
import type { Scope } from '../schedule/scope.ts'
import type { Work } from '../schedule/work.ts'
import { openStoreIfExists } from '../store/sqlite.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { knownCapabilities } from './capabilities.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { openJobs } from './job-views.ts'
import { scopeOf, targetsOf } from './narrow.ts'
import { askedModels, choiceOf, datagenDir, load, pricesOf, usedModels, workOf } from './session.ts'

export async function planCommand(environment: Environment, flags: Flags, names: readonly string[]): Promise<ExitCode> {
  const loaded = await load(environment, flags)
  targetsOf(loaded.dataset, names)
  const store = openStoreIfExists(datagenDir(loaded.root))
  try {
    const work = workOf(loaded, store)
    const view = await viewOf(loaded, work, scopeOf(work.plan, names, undefined), environment.clock.date())
    const { stdout } = environment
    if (flags.json) stdout.write(`${JSON.stringify({ schema: 1, ...view })}\n`)
    else
      stdout.write(
        `${planText(view, { columns: stdout.columns ?? 100, color: choiceOf(environment, flags).color && stdout.isTTY === true, cwd: environment.cwd })}\n`,
      )
    const isPending =
      view.buy.items + (view.buy.controls ?? 0) > 0 || view.batches.some(({ waiting = 0, gated = 0 }) => waiting + gated > 0)
    return flags.check && isPending ? EXIT.pending : EXIT.ok
  } finally {
    await store.close()
  }
}

/** Everything the plan says, as data: `--json` prints it, the text is made from it. */
export async function viewOf(loaded: Loaded, work: Work, scope: Scope, now: Date): Promise<PlanView> {
  const prices = await pricesOf(askedModels(loaded), now)
  // Only where money depends on it: the encoding takes a while to load.
  const exact = [...prices.values()].some((price) => price && price.source !== 'local' && price.source !== 'simulated')
  const countTokens = exact ? await tokenizer() : undefined
  const seen = blamingConfig(loaded, () => preview(work, prices, scope, countTokens, knownCapabilities(loaded)))
  const jobs = openJobs(work.store)
  return {
    dataset: loaded.dataset.name,
    models: usedModels(loaded, prices),
    batches: seen.batches.map(({ batch, items, unchanged, rejectedBefore, fresh, changed, waiting, gated, reasons, toCome }) => ({
      batch,
      items,
      unchanged,
      changed,
      new: fresh,
      rejectedBefore,
      reasons,
      ...(waiting > 0 ? { waiting } : {}),
      ...(gated > 0 ? { gated } : {}),
      ...(toCome ? { provisional: toCome.atMost, waitsFor: toCome.waitsFor } : {}),
    })),
    outputs: loaded.dataset.outputs
      .filter(({ name }) => scope.output(name))
      .map((output) => ({
        path: relative(loaded.root, output.path) || basename(output.path),
        ...outputState(work, output),
      })),
    ...(jobs.length > 0 ? { jobs } : {}),
    buy: {
      items: seen.items,
      ...(seen.controls > 0 ? { controls: seen.controls } : {}),
      ...(seen.toCome > 0 ? { provisional: seen.toCome } : {}),
      calls: seen.calls.map(({ model, calls, followUps, online, inputTokens, outputTokens, usd, usdRange }) => ({
        model: model.name,
        use: modelName(model),
        calls: calls + followUps,
        followUps,
        inputTokens,
        outputTokens,
        ...(usd === undefined ? {} : { usd }),
        ...(usdRange ? { usdRange } : {}),
        ...(online < calls + followUps ? { batch: true as const, ...(online > 0 ? { online } : {}) } : {}),
      })),
      ...(seen.usd === undefined ? {} : { totalUsd: seen.usd }),
      ...(seen.usdRange ? { totalUsdRange: seen.usdRange } : {}),
      basis: seen.basis,
    },
    warnings: [
      equalRequests(work),
      ...reviewNotices(work),
      ...(seen.items > 0 ? reliance(loaded.dataset, knownCapabilities(loaded)) : []),
    ].filter((warning) => warning !== undefined),
  }
}
