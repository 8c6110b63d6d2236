/** Every finding by its code: what it means. Codes with E are errors (the platform refuses the file, or drops or garbles the row), those with W are warnings. */

export const CODES = {
  E_OPEN: 'the file cannot be opened',
  E_FILE: 'the file cannot be read to its end',
  E_JSON: 'no JSON',
  E_UTF8: 'bytes that are no UTF-8',
  E_LONG: 'a row too long to be held',
  E_DEPTH: 'a row nested too deeply',
  E_LAYOUT: 'a layout of the file that the platform does not read',
  E_PACKED: 'a packed file',
  E_SIZE: 'a file too large, or too small',
  E_MIN: 'too few rows',
  E_MAX: 'too many rows',
  E_MIXED: 'rows of different formats in one file',
  E_FORMAT: 'a row in none of the formats that the platform takes',
  E_MISSING: 'a key that must be there',
  E_TYPE: 'a value of the wrong type',
  E_KEYS: 'a key that the platform does not take',
  E_ROLE: 'an unknown role',
  E_SYS: 'a system message that is not the first, or a second one',
  E_ALT: 'turns that do not alternate',
  E_FIRST: 'a first message from the wrong side',
  E_LAST: 'a last message from the wrong side',
  E_COUNT: 'too few or too many messages or completions',
  E_NOASSIST: 'nothing to learn: no message of the assistant',
  E_NOUSER: 'no message of the user',
  E_EMPTY: 'an empty text',
  E_PARTS: 'a content part that the platform does not take',
  E_WEIGHT: 'a weight that is not 0 or 1',
  E_ARGS: "a call's arguments in the wrong form",
  E_CALLID: 'an id of a call in the wrong form',
  E_TOOLREF: 'calls and results of tools that do not belong together',
  E_TOOLNAME: 'a call of a tool that is not declared',
  E_TOOLDEF: "a tool's definition in the wrong form",
  E_SCHEMA: "a call's arguments do not match the tool's schema",
  E_PAIR: 'a preference between two equal answers',
  E_SCORE: 'scores of completions',
  E_LABEL: 'a label that is not true or false',
  W_BOM: 'a byte order mark at the beginning',
  W_BLANK: 'blank lines',
  W_FEW: 'few rows',
  W_LEN: 'a row longer than the platform trains on',
  W_KEYS: 'a key that is ignored',
  W_NOUSER: 'no message of the user',
  W_WS: "white space around the assistant's text",
  W_SPECIAL: "a chat template's control token inside a text",
  W_PLACEHOLDER: 'a placeholder that was never filled in, or a stock phrase',
  W_SURROGATE: 'half a character (a lone surrogate)',
  W_LOSS: 'nothing to learn: every weight is 0',
  W_VERSION: 'a version of the schema that is not in the documents',
  W_TOOLS: 'calls without any declared tool',
} as const

export type Code = keyof typeof CODES
export type Severity = 'error' | 'warning'

export function severityOf(code: Code): Severity {
  return code.startsWith('E_') ? 'error' : 'warning'
}

export function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code)
}
