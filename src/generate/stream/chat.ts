/** The stream of a chat completion: pieces of one message, its calls by their numbers, and numbers at the end. */
import { gathering, type Own, own, plain } from './own.ts'

type Gathered = { [name: string]: unknown }

/** Undefined when neither a reason to end nor the end itself was sent. */
export function foldChat(events: readonly Own[], done: boolean): Own | undefined {
  const body = gathering()
  const choice = gathering()
  let message: Gathered | undefined
  for (const event of events) {
    for (const [name, value] of Object.entries(event)) if (name !== 'choices') gather(body, name, value)
    const choices = own(event, 'choices')
    // Only one answer was asked for.
    const piece: unknown = Array.isArray(choices) ? choices.find((one) => plain(one) && (own(one, 'index') ?? 0) === 0) : undefined
    if (!plain(piece)) continue
    for (const [name, value] of Object.entries(piece)) if (name !== 'delta' && name !== 'message') gather(choice, name, value)
    const delta = own(piece, 'delta')
    const whole = own(piece, 'message')
    message ??= gathering()
    if (plain(delta)) addDelta(message, delta)
    else if (plain(whole)) Object.assign(message, whole)
  }
  if (typeof choice['finish_reason'] !== 'string' && !done && !plain(choice['error'])) return undefined
  if (body['object'] === 'chat.completion.chunk') body['object'] = 'chat.completion'
  if (message && message['content'] === undefined) message['content'] = null
  // Whole answers number no calls.
  if (message && Array.isArray(message['tool_calls'])) for (const call of message['tool_calls'] as Gathered[]) delete call['index']
  return { ...body, choices: message ? [{ ...choice, message }] : [] }
}

/** Names stand in every piece, or in the first; what is told at the end stands in the last. */
const FIRST: ReadonlySet<string> = new Set(['id', 'model', 'role', 'object', 'created', 'index'])

function gather(into: Gathered, name: string, value: unknown): void {
  if (value === null || value === undefined) {
    if (!(name in into)) into[name] = value
    return
  }
  const before = into[name]
  if (FIRST.has(name) && before !== undefined && before !== null && before !== '') return
  into[name] = plain(before) && plain(value) && name !== 'usage' ? joined(before, value) : value
}

/** Lists within, such as the probabilities of tokens, go on from piece to piece. */
function joined(before: Own, value: Own): Own {
  const all = Object.assign(gathering(), before)
  for (const [name, item] of Object.entries(value)) {
    const old = all[name]
    all[name] = Array.isArray(old) && Array.isArray(item) ? [...old, ...item] : (item ?? old)
  }
  return all
}

function addDelta(message: Gathered, delta: Own): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name === 'tool_calls' && Array.isArray(value)) message[name] = withCalls(message[name], value)
    else if (name === 'function_call' && plain(value)) message[name] = withFunction(message[name], value)
    else addPiece(message, name, value)
  }
}

/** Texts and lists go on; anything else is said once, or again. */
function addPiece(into: Gathered, name: string, value: unknown): void {
  const before = into[name]
  if (value === null || value === undefined) {
    if (!(name in into)) into[name] = value
  } else if (FIRST.has(name)) into[name] = before || value
  else if (typeof value === 'string' && typeof before === 'string') into[name] = before + value
  else if (Array.isArray(value) && Array.isArray(before)) into[name] = [...before, ...value]
  else if (Array.isArray(before)) into[name] = [...before, value]
  else if (Array.isArray(value) && typeof before === 'string' && before !== '') into[name] = [before, ...value]
  else into[name] = value
}

function withCalls(before: unknown, pieces: readonly unknown[]): unknown[] {
  const calls = Array.isArray(before) ? (before as Gathered[]) : []
  for (const piece of pieces) {
    if (!plain(piece)) continue
    const { index, id } = { index: own(piece, 'index'), id: own(piece, 'id') }
    const named = typeof id === 'string' && id !== ''
    let call = index === undefined ? calls.at(-1) : calls.find((one) => one['index'] === index)
    // Some servers number all calls of an answer 0, or not at all, and send each of them whole.
    if (call && named && call['id'] && call['id'] !== id) call = calls.find((one) => one['id'] === id)
    if (!call) {
      call = gathering()
      calls.push(call)
    }
    for (const [name, value] of Object.entries(piece)) {
      if (name === 'function' && plain(value)) call[name] = withFunction(call[name], value)
      else if (value !== null && value !== undefined && !call[name]) call[name] = value
    }
  }
  return calls
}

/** A name comes once, or with every piece, or in pieces itself; arguments always go on. */
function withFunction(before: unknown, piece: Own): Gathered {
  const called = plain(before) ? (before as Gathered) : gathering()
  for (const [name, value] of Object.entries(piece)) {
    if (name === 'name' && called[name] === value) continue
    addPiece(called, name, value)
  }
  return called
}
