/** What `datagen build` does around one build, as its own command does it: memory of the last build, retries, a second attempt. */
import type { Dataset } from '../../src/config/dataset.ts'
import { outlineOf } from '../../src/plan/outline.ts'
import type { BuildResult } from '../../src/schedule/build.ts'
import { layOut } from '../../src/schedule/layout.ts'
import type { PlanColumns } from '../../src/schedule/recall.ts'
import { rejectedDraws } from '../../src/schedule/retry-rejected.ts'
import { AnswerGone } from '../../src/schedule/rows.ts'
import type { Scope } from '../../src/schedule/scope.ts'
import type { Work } from '../../src/schedule/work.ts'
import type { Store } from '../../src/store/store.ts'

/** The columns file of the simulated project. */
export class ColumnsFile {
  #columns: PlanColumns | undefined

  /** As bytes on a disk would be: a build that reads them may write to its own copy. */
  read(): PlanColumns | undefined {
    return this.#columns && copyOf(this.#columns)
  }

  write(columns: PlanColumns): void {
    this.#columns = copyOf(columns)
  }

  forget(): void {
    this.#columns = undefined
  }
}

function copyOf({ head, arrays }: PlanColumns): PlanColumns {
  return { head: JSON.parse(JSON.stringify(head)), arrays: new Map([...arrays].map(([name, column]) => [name, column.slice()])) }
}

export function workOf(dataset: Dataset, definition: string, store: Store, file: ColumnsFile): Work {
  return layOut(dataset, store, { outline: outlineOf(dataset, definition), columns: file.read() })
}

/** One attempt, and a second one that trusts nothing when the first found an answer gone. */
export async function attempts(
  work: Work,
  file: ColumnsFile,
  retry: boolean,
  scope: Scope,
  build: (work: Work) => Promise<BuildResult>,
): Promise<BuildResult> {
  const attempt = async (planned: Work) => {
    const redraws = retry ? rejectedDraws(planned, scope) : []
    if (redraws.length === 0) return build(planned)
    await Promise.all(redraws.map(({ request, ordinal }) => planned.store.raiseEpoch(request, ordinal)))
    return build(planned.anew())
  }
  try {
    return await attempt(work)
  } catch (error) {
    if (!(error instanceof AnswerGone)) throw error
    file.forget()
    return attempt(work.anew())
  }
}
