/** The views (prompt, response, full) of the real datasets, exactly as the reference values define them. */
import { sharedJson, sharedLines } from './shared.ts'

export interface Views {
  readonly prompt: readonly string[]
  readonly response: readonly string[]
  readonly full: readonly string[]
}

interface Alpaca {
  instruction: string
  input?: string
  output?: string
  response?: string
}
interface Chat {
  messages: { role: string; content: string }[]
}

const LOADERS = {
  gsm8k_train: () => pairs(sharedLines<{ question: string; answer: string }>('datasets/gsm8k/train.jsonl'), (r) => [r.question, r.answer]),
  gpteacher_roleplay: () => pairs(sharedJson<Alpaca[]>('datasets/gpteacher/roleplay-instruct.json'), alpaca),
  llamafactory_alpaca_gpt4: () => pairs(sharedJson<Alpaca[]>('datasets/llamafactory_demos/alpaca_en_demo.json'), alpaca),
  anthropic_json_mode: () => pairs(sharedLines<Chat>('datasets/anthropic_bedrock/json_mode_dataset.jsonl'), chat),
  fastchat_dummy: () =>
    pairs(sharedJson<{ conversations: { from: string; value: string }[] }[]>('datasets/fastchat/dummy_conversation.json'), (r) => {
      const of = (who: string) => r.conversations.filter(({ from }) => from === who).map(({ value }) => value)
      return [of('human').join('\n'), of('gpt').join('\n')]
    }),
  openai_toy: () => pairs(sharedLines<Chat>('datasets/openai_cookbook/toy_chat_fine_tuning.jsonl'), chat),
  seed_tasks: () =>
    pairs(sharedLines<{ instruction: string; instances: { output: string }[] }>('datasets/self_instruct/seed_tasks.jsonl'), (r) => [
      r.instruction,
      r.instances[0]?.output ?? '',
    ]),
  azure_chat_train: () => pairs(sharedLines<Chat>('datasets/azure_openai/chat_train.jsonl'), chat),
  text2sql: () => pairs(sharedLines<Chat>('datasets/fireworks/text2sql_dataset.jsonl'), chat),
  user_oriented: () =>
    pairs(
      sharedLines<{ instruction: string; instances: { input: string; output: string }[] }>(
        'datasets/self_instruct/user_oriented_instructions.jsonl',
      ),
      (r) => [[r.instruction, r.instances[0]?.input ?? ''].filter((t) => t !== '').join('\n'), r.instances[0]?.output ?? ''],
    ),
  gsm8k_test: () => pairs(sharedLines<{ question: string; answer: string }>('datasets/gsm8k/test.jsonl'), (r) => [r.question, r.answer]),
}

export type DatasetName = keyof typeof LOADERS

const loaded = new Map<DatasetName, Views>()

export function viewsOf(name: DatasetName): Views {
  const views = loaded.get(name) ?? LOADERS[name]()
  loaded.set(name, views)
  return views
}

function pairs<T>(rows: readonly T[], of: (row: T) => [string, string]): Views {
  const both = rows.map(of)
  return {
    prompt: both.map(([prompt]) => prompt),
    response: both.map(([, response]) => response),
    full: both.map(([prompt, response]) => `${prompt}\n${response}`),
  }
}

function alpaca(row: Alpaca): [string, string] {
  const { instruction, input = '', output, response } = row
  return [instruction + (input === '' ? '' : `\n${input}`), output ?? response ?? '']
}

function chat({ messages }: Chat): [string, string] {
  const of = (who: string) => messages.filter(({ role }) => role === who).map(({ content }) => content)
  return [of('user').join('\n'), of('assistant').join('\n')]
}
