/** From a step and a cell to the exact request. */
import type { StepContext } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import type { AskSpec, RunSpec } from '../config/dataset.ts'
import { canonicalText } from '../key/canonical.ts'
import type { AskRequest, RunRequest } from '../key/request.ts'
import { responsesBody } from './responses-body.ts'

/** Throws what the config's own texts throw (`UnknownName`, `TextProblem`). `said`: what was said since, when the step is asked again. */
export function askRequest(step: AskSpec, context: StepContext, said: readonly JsonObject[] = []): AskRequest {
  const { model, schema } = step
  if (step.embeds) {
    // Base64 takes a third of the room of written numbers.
    const body = { model: model.model, input: step.embeds(context), encoding_format: 'base64', ...model.params }
    return { kind: 'ask', provider: model.identity, endpoint: 'embeddings', body }
  }
  const messages = [...step.messages(context), ...said]
  if (schema && model.structured !== 'json_schema') messages.unshift(inWords(schema))
  return {
    kind: 'ask',
    provider: model.identity,
    body: bodyOf(step, messages),
    ...(step.version === undefined ? {} : { version: step.version }),
  }
}

/** Whether a body of an earlier config, for chat or responses, asks as the step does now, whatever its words are. */
export function asksAs(step: AskSpec, body: JsonObject): boolean {
  return canonicalText(wordless(body)) === canonicalText(wordless(bodyOf(step, [])))
}

function wordless({ messages: _, instructions: _instructions, input: _input, ...frame }: JsonObject): JsonObject {
  return frame
}

function bodyOf(step: AskSpec, messages: readonly JsonObject[]): JsonObject {
  const { model } = step
  if (model.api === 'responses') return responsesBody(step, messages)
  return { model: model.model, messages: [...messages], ...model.params, ...responseFormat(step), ...offered(step) }
}

/** For servers that cannot be held to a schema: say it, and parse strictly. */
function inWords(schema: JsonObject): JsonObject {
  return {
    role: 'system',
    content: `Answer with one JSON value that matches this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`,
  }
}

function responseFormat({ name, schema, schemaName = name, model }: AskSpec): JsonObject {
  if (!schema || model.structured === 'prompt') return {}
  if (model.structured === 'json_object') return { response_format: { type: 'json_object' } }
  return { response_format: { type: 'json_schema', json_schema: { name: schemaName.replace(/[^\w-]/g, '_'), strict: true, schema } } }
}

function offered({ tools, toolChoice, parallelCalls }: AskSpec): JsonObject {
  if (tools === undefined || tools.length === 0) return {}
  return {
    tools: tools as unknown as Json,
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(parallelCalls === undefined ? {} : { parallel_tool_calls: parallelCalls }),
  }
}

export function runRequest(step: RunSpec, context: StepContext): RunRequest {
  return {
    kind: 'run',
    argv: step.argv,
    files: step.files,
    input: step.input?.(context) ?? {
      cell: { ...context.cell },
      guide: { ...context.guide },
      steps: { ...context.steps } as Json,
      sample: context.sample,
    },
    ...(step.version === undefined ? {} : { version: step.version }),
  }
}
