/** `datagen status`: each output and batch as it stands, without asking or writing anything. */
import { existsSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { outputState } from '../schedule/output-state.ts'
import { surveyAll } from '../schedule/survey.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { safeText } from '../util/safe-text.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { reading } from './session.ts'

export async function statusCommand(environment: Environment, flags: Flags): Promise<ExitCode> {
  await reading(environment, flags, async (work, loaded) => {
    blamingConfig(loaded, () => surveyAll(work))
    const batches = work.plan.batches.map((batch) => ({ batch: batch.spec.name, ...work.board.batchCounts(batch) }))
    const outputs = work.dataset.outputs.map((output) => ({
      output: output.name,
      path: relative(loaded.root, output.path),
      ...outputState(work, output),
      written: existsSync(output.path) ? statSync(output.path).mtime.toISOString() : null,
    }))
    const store = work.store.totals()
    const { stdout } = environment
    if (flags.json)
      return void stdout.write(
        `${safeJson({ schema: 1, dataset: loaded.dataset.name, batches, outputs, store, problems: work.board.problems() })}\n`,
      )
    const lines: string[] = []
    for (const { path, change, rows, written } of outputs) {
      const state = change === 'unchanged' ? 'up to date' : change === 'new' ? 'not built yet' : 'out of date'
      lines.push(` output ${path}   ${state}${rows === undefined ? '' : `, ${rows} rows`}${written ? `, written ${written}` : ''}`)
    }
    for (const { batch, items, accepted, rejected, pending } of batches) {
      lines.push(
        ` batch ${batch}   ${accepted} of ${items} accepted${rejected ? `, ${rejected} rejected` : ''}${pending ? `, ${pending} to ask` : ''}`,
      )
    }
    for (const { code, message, count } of work.board.problems()) lines.push(`   ${count} × ${code}: ${message}`)
    const cost = store.usd > 0 ? `, bought for $${store.usd.toFixed(2)}` : ''
    lines.push(` store   ${store.responses} answers, ${Math.ceil(store.bytes / 1024)} KB${cost}`)
    stdout.write(`${lines.map((line) => safeText(line)).join('\n')}\n`)
  })
  return EXIT.ok
}
