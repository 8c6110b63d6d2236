/** The model of a config that names none: OpenAI with a key, else an Ollama that answers, else the simulated provider. */
import type { ChosenModel } from './dataset.ts'
import { PROVIDERS, SIMULATED } from './providers.ts'
import type { Env } from './recorder.ts'
import { lookUp } from './secrets.ts'

export const OPENAI_DEFAULT = 'openai:gpt-5-mini'
export type Probe = (baseUrl: string) => Promise<readonly string[] | undefined>

/** Without a probe no server is asked, and the choice says so by leaving `ollama` out. */
export async function chooseModel(env: Env, root: string, probe: Probe | undefined): Promise<ChosenModel> {
  if (lookUp('OPENAI_API_KEY', env, root) !== undefined) return { use: OPENAI_DEFAULT, why: 'OPENAI_API_KEY is set' }
  const ids = await probe?.(PROVIDERS['ollama']?.baseUrl ?? '')
  const [first] = ids ?? []
  if (first !== undefined) return { use: `ollama:${first}`, why: 'no OPENAI_API_KEY, and Ollama answers on this machine', ollama: true }
  if (probe === undefined) return { use: SIMULATED, why: 'no OPENAI_API_KEY, and no server was looked for' }
  const why = ids
    ? 'no OPENAI_API_KEY, and the Ollama on this machine has no model'
    : 'no OPENAI_API_KEY, and no Ollama answers on this machine'
  return { use: SIMULATED, why, ollama: ids !== undefined }
}
