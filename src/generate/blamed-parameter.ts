/** Which field of a request an error blames: by `error.param`, by the places of a validator, else by the first name in its words. */

const FIELD = /^[A-Za-z_][\w.[\]-]{0,60}$/
/** FastAPI and pydantic, as data, as JSON inside a text, and as Python prints it: vLLM, SGLang, Mistral, Azure. */
const LOCATION = /['"]loc['"]:\s*[([]\s*['"]body['"],\s*['"]([A-Za-z_]\w{0,60})['"]/

/** Undefined when nothing is named. Only the field's own name: `response_format` for `response_format.type`. */
export function blamedParameter(body: unknown): string | undefined {
  const error = own(body, 'error') ?? body
  const { param, detail, message } = { param: own(error, 'param'), detail: own(error, 'detail'), message: own(error, 'message') }
  if (typeof param === 'string' && FIELD.test(param)) return head(param)
  const places = Array.isArray(detail) ? detail : own(message, 'detail')
  const place = Array.isArray(places) ? own(places[0], 'loc') : undefined
  const field = Array.isArray(place) ? place.find((part) => part !== 'body') : undefined
  if (typeof field === 'string' && FIELD.test(field)) return head(field)
  const words = typeof error === 'string' ? error : typeof message === 'string' ? message : ''
  // As JSON in a text, its quotes are escaped.
  return LOCATION.exec(words.replaceAll('\\', ''))?.[1]
}

/** The field of a body that a message speaks of: in quotes, or by a name that is no ordinary word. */
export function fieldIn(message: string, fields: readonly string[]): string | undefined {
  return fields.find((field) => {
    const name = field.replaceAll(/[^\w]/g, '')
    return new RegExp(name.includes('_') ? `\\b${name}\\b` : `['"\`]${name}\\b`).test(message)
  })
}

/** What a validator says, where a server hands its list on instead of a message: `seed: Extra inputs are not permitted`. */
export function validatorWords(message: unknown): string | undefined {
  const list = Array.isArray(message) ? message : own(message, 'detail')
  const first: unknown = Array.isArray(list) ? list[0] : undefined
  const [says, place] = [own(first, 'msg'), own(first, 'loc')]
  if (typeof says !== 'string') return undefined
  const where = Array.isArray(place) ? place.filter((part) => part !== 'body').join('.') : ''
  return where === '' ? says : `${where}: ${says}`
}

function head(path: string): string {
  return path.split(/[.[]/)[0] as string
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
