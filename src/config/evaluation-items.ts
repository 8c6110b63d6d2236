/** Items of evaluations from files of the project: what rows must not repeat. The files belong to the config, as those read by `file()` do. */
import { readFileSync } from 'node:fs'
import { DatagenError } from '../util/diagnostic.ts'
import type { Complaints } from './complaints.ts'
import type { EvaluationItem } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { currentRecorder } from './recorder.ts'
import { insideProject } from './tracked.ts'

/** Complains about files that are missing or hold no text. */
export function evaluationItems(
  files: readonly string[],
  fields: readonly string[] | undefined,
  path: ConfigPath,
  { root, complaints }: { readonly root: string; readonly complaints: Complaints },
): EvaluationItem[] {
  return files.flatMap((file, i) => {
    const at = [...path, 'files', i]
    const text = textOf(root, file, at, complaints)
    if (text === undefined) return []
    const texts = textsOf(text, fields)
    if (typeof texts === 'string') {
      complaints.add('bad-value', at, `"${file}" cannot be read: ${texts}`, {
        hint: 'JSON Lines, a JSON array, or text with blank lines between items',
      })
      return []
    }
    if (texts.every((one) => one === ''))
      complaints.add('empty', at, `"${file}" has no text to compare with`, fields ? { facts: [['fields', fields.join(', ')]] } : {})
    return texts.map((one, n) => ({ file, place: n + 1, text: one }))
  })
}

export function textOf(root: string, file: string, at: ConfigPath, complaints: Complaints): string | undefined {
  try {
    const absolute = insideProject(root, file)
    let bytes: Buffer | null = null
    try {
      bytes = readFileSync(absolute)
    } catch {
      complaints.add('file-missing', at, `there is no file "${file}"`)
    }
    currentRecorder()?.file(absolute, bytes)
    return bytes?.toString('utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    const [first] = error.diagnostics
    return complaints.add('path-outside', at, first?.headline ?? `the file "${file}" cannot be read`, { hint: first?.hint })
  }
}

/** One text for each item, or what is wrong. */
function textsOf(text: string, fields: readonly string[] | undefined): string[] | string {
  const start = text.trimStart()
  if (start.startsWith('[')) {
    const items = parsed(text)
    return items && Array.isArray(items.value) ? items.value.map((item) => stringsIn(item, fields).join('\n')) : 'it is no JSON array'
  }
  if (!start.startsWith('{') && !start.startsWith('"')) return text.split(/\r?\n[ \t]*\r?\n/).filter((item) => item.trim() !== '')
  const texts: string[] = []
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const item = parsed(line)
    if (!item) return `line ${n + 1} is no JSON`
    texts.push(stringsIn(item.value, fields).join('\n'))
  }
  return texts
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function stringsIn(value: unknown, fields?: readonly string[]): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if (!fields || Array.isArray(value)) return Object.values(value).flatMap((part) => stringsIn(part, fields))
  return fields.flatMap((field) => stringsIn((value as { [key: string]: unknown })[field]))
}
