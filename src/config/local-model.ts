/** A model that is a file on this machine: where it lies, what stands for it in keys, how it is run. */
import { closeSync, openSync, readSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Model } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { ModelSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { LOCAL } from './providers.ts'
import { currentRecorder } from './recorder.ts'
import { sampleDigest } from './sample-digest.ts'

/** Nobody else is asked, so there is nothing to say about anybody else. */
const ELSEWHERE = [
  'baseUrl',
  'apiKeyEnv',
  'headers',
  'api',
  'stream',
  'transport',
  'requestsPerMinute',
  'tokensPerMinute',
  'hedge',
  'limits',
  'reasoningEffort',
] as const
/** Sampling that llama.cpp knows and OpenAI does not. */
const EXTRA: readonly string[] = ['top_k', 'min_p']
const HF = /^hf:[\w.-]+\/[\w.-]+([:/].+)?$/

type Local = Pick<ModelSpec, 'identity' | 'local' | 'model'>

/** Complains, and then what is returned is not used. */
export function localModel(file: string, model: Model, path: ConfigPath, usePath: ConfigPath, complaints: Complaints): Local {
  for (const key of ELSEWHERE)
    if (model[key] !== undefined)
      complaints.add('not-for-local', [...path, key], `a local model has no "${key}": no server is asked`, {
        at: 'key',
        frame: key !== 'apiKeyEnv' && key !== 'headers',
      })
  for (const key of Object.keys(model.extra ?? {}))
    if (!EXTRA.includes(key))
      complaints.add('not-for-local', [...path, 'extra', key], `a local model does not know "${key}"`, {
        at: 'key',
        facts: [['known', EXTRA.join(', ')]],
      })
  if (/^hf:/.test(file)) return fromHub(file, model, usePath, complaints)
  const absolute = resolve(currentRecorder()?.root ?? '.', file)
  const digest = sampleDigest(absolute)
  currentRecorder()?.large(absolute, digest)
  const name = basename(absolute)
  if (digest === null)
    complaints.add('no-model-file', usePath, `there is no file "${file}"`, {
      hint: 'the path of a GGUF file from the config; `local:hf:user/repository:quantisation` names one at Hugging Face',
    })
  else if (!isGguf(absolute))
    complaints.add('no-model-file', usePath, `"${file}" is no GGUF file`, { hint: 'llama.cpp reads no other kind' })
  return { model: name, identity: model.identity ?? `${LOCAL}:${digest}`, local: { ...model.local, file: absolute } }
}

/** By its address, since what it stands for may not be here yet. */
function fromHub(file: string, model: Model, usePath: ConfigPath, complaints: Complaints): Local {
  if (!HF.test(file))
    complaints.add('no-model-file', usePath, `"${file}" is no address of a model`, {
      hint: 'for example hf:bartowski/Qwen2.5-7B-Instruct-GGUF:Q4_K_M',
    })
  return { model: file, identity: model.identity ?? `${LOCAL}:${file}`, local: { ...model.local, file } }
}

function isGguf(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const magic = Buffer.alloc(4)
    readSync(file, magic, 0, 4, 0)
    return magic.toString('latin1') === 'GGUF'
  } finally {
    closeSync(file)
  }
}
