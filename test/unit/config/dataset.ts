/** Configs as values, normalised without a file. */
import type { Config } from '../../../schema/config.ts'
import type { ChosenModel, Dataset } from '../../../src/config/dataset.ts'
import type { Probe } from '../../../src/config/default-model.ts'
import { normalise } from '../../../src/config/normalise.ts'
import { createRecorder, type Env } from '../../../src/config/recorder.ts'

export const minimal = {
  name: 'x',
  dimensions: { topic: ['late', { id: 'lost', guide: 'the parcel is lost' }] },
  recipe: { preset: 'singleTurn' },
} satisfies Config

export function datasetOf(
  config: Partial<Config>,
  env: Env = {},
  probe?: Probe,
  root = '/nowhere',
): Promise<{ dataset: Dataset; chosenModel?: ChosenModel }> {
  const place = { file: 'datagen.config.ts' }
  return normalise({ ...minimal, ...config } as Config, {
    locate: () => place,
    thrownAt: () => undefined,
    recorder: createRecorder(root, env),
    probe,
  })
}

/** The headlines of what is wrong with a config. */
export async function wrong(config: Partial<Config>): Promise<string[]> {
  try {
    await datasetOf(config)
  } catch (error) {
    return (error as { diagnostics: { headline: string }[] }).diagnostics.map(({ headline }) => headline)
  }
  return []
}
