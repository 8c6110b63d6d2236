/** What ends a build over a job, with what a person does about it where the config still names the model. */
import type { ModelSpec } from '../../config/dataset.ts'
import { accessRemedy } from '../../generate/access-remedy.ts'
import type { Failure } from '../../generate/provider.ts'
import type { JobPlace } from '../../store/jobs.ts'
import type { JobContext } from './context.ts'

type Ends = Pick<JobContext, 'dataset' | 'halt'>

/** The next build would meet it as well. */
export function stopFor({ dataset, halt }: Ends, place: JobPlace, { kind, code, message }: Failure): void {
  if (kind === 'aborted') return
  const model = modelAt({ dataset }, place)
  halt.stop('fatal', message, model && accessRemedy(model, code))
}

/** A job that its provider's queue has no room for, though it is the only one. */
export function stopForSize({ dataset, halt }: Ends, place: JobPlace, message: string): void {
  const model = modelAt({ dataset }, place)
  halt.stop('fatal', message, model && `make jobs smaller: \`jobs: { requests: … }\` in models.${model.name}`)
}

function modelAt({ dataset }: Pick<JobContext, 'dataset'>, { provider, model, baseUrl }: JobPlace): ModelSpec | undefined {
  const models = dataset.recipe.steps.flatMap((step) => (step.kind === 'ask' ? [step.model] : []))
  return models.find((one) => one.provider === provider && one.model === model && one.baseUrl === baseUrl)
}
