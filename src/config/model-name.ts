/** A model as configs and people name it. */
import type { ModelSpec } from './dataset.ts'
import { SIMULATED } from './providers.ts'

/** `provider:model`, or `simulated`. */
export function modelName({ provider, model }: Pick<ModelSpec, 'provider' | 'model'>): string {
  return provider === SIMULATED ? SIMULATED : `${provider}:${model}`
}
