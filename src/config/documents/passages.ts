/** Documents as a dimension: each passage a value whose guide is its text. */
import { readFileSync } from 'node:fs'
import { extname, relative, sep } from 'node:path'
import type { DocumentsOptions, ValueDetail } from '../../../schema/config.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { type Complaints, didYouMean } from '../complaints.ts'
import type { ConfigPath } from '../locate.ts'
import { currentRecorder } from '../recorder.ts'
import { findFiles } from './files.ts'
import { Names, slug } from './names.ts'
import { csvPassages, jsonlPassages, type RowPassage, type RowProblem } from './rows.ts'
import { splitText } from './split.ts'

const DEFAULT_MAX_TOKENS = 600 // a page: enough to ask about, short enough to be known whole
const FIRST_WORDS = 6 // of a row without an id

interface Reading {
  readonly options: DocumentsOptions
  readonly path: ConfigPath
  readonly root: string
  readonly complaints: Complaints
}

/** The passages in order of files and places; every file and folder that decided is remembered. */
export function passageValues(options: DocumentsOptions, path: ConfigPath, root: string, complaints: Complaints): ValueDetail[] {
  const reading = { options, path, root, complaints }
  const documents = readAll(reading)
  const short = shortNames(documents)
  const names = new Names()
  const values = documents.flatMap((document) => valuesOf(document, short.get(document.file) as string, reading, names))
  if (values.length === 0 && complaints.list.length === 0)
    complaints.add('empty', [...path, 'files'], 'the documents hold no text', { hint: 'a heading with nothing below it is not a passage' })
  return values
}

interface Document {
  readonly file: string
  /** How it is called by the pattern that found it first. */
  readonly name: string
  /** Relative to the config. */
  readonly whole: string
  readonly text: string
  readonly at: ConfigPath
}

function readAll({ options, path, root, complaints }: Reading): Document[] {
  const documents = new Map<string, Document>()
  options.files.forEach((pattern, i) => {
    const at = [...path, 'files', i]
    const found = attempt(() => findFiles(root, pattern), at, complaints)
    if (!found) return
    for (const folder of found.folders) currentRecorder()?.folder(folder)
    if (found.files.length === 0)
      complaints.add('no-documents', at, `the pattern "${pattern}" matches no file`, {
        hint: 'documents are .md, .txt, .jsonl, .csv and .tsv files; `**` stands for any folders',
      })
    for (const file of found.files) {
      if (documents.has(file)) continue
      const whole = relative(root, file).split(sep).join('/')
      const bytes = read(file)
      currentRecorder()?.source(file, bytes)
      if (bytes === null) complaints.add('file-missing', at, `there is no file "${whole}"`)
      else if (formatOf(file) === undefined)
        complaints.add('bad-document', at, `"${whole}" is no document that can be split`, {
          hint: 'documents are .md, .txt, .jsonl, .csv and .tsv files',
        })
      else documents.set(file, { file, name: relative(found.base, file).split(sep).join('/'), whole, text: bytes.toString('utf8'), at })
    }
  })
  return [...documents.values()]
}

function attempt<T>(make: () => T, at: ConfigPath, complaints: Complaints): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    for (const { code, headline, hint } of error.diagnostics) complaints.add(code.replace('config/', ''), at, headline, { hint })
    return undefined
  }
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

/** Files of one name in different folders are told apart by their whole paths. */
function shortNames(documents: readonly Document[]): ReadonlyMap<string, string> {
  const count = new Map<string, number>()
  for (const { name } of documents) count.set(name, (count.get(name) ?? 0) + 1)
  return new Map(documents.map(({ file, name, whole }) => [file, count.get(name) === 1 ? name : whole]))
}

type Format = 'markdown' | 'text' | 'jsonl' | 'csv' | 'tsv'

function formatOf(file: string): Format | undefined {
  const formats: { readonly [extension: string]: Format } = {
    '.md': 'markdown',
    '.markdown': 'markdown',
    '.txt': 'text',
    '.jsonl': 'jsonl',
    '.csv': 'csv',
    '.tsv': 'tsv',
  }
  return formats[extname(file).toLowerCase()]
}

function valuesOf(document: Document, name: string, reading: Reading, names: Names): ValueDetail[] {
  const { options } = reading
  const format = formatOf(document.file) as Format
  const columns = { text: [options.text ?? 'text'].flat(), id: options.id }
  if (format === 'jsonl') return rowValues(jsonlPassages(document.text, columns), document, name, reading, names)
  if (format === 'csv' || format === 'tsv')
    return rowValues(csvPassages(document.text, columns, format === 'csv' ? ',' : '\t'), document, name, reading, names)
  const pieces = splitText(document.text, format === 'markdown', options.split?.by ?? 'heading', options.split?.max ?? DEFAULT_MAX_TOKENS)
  let last: { readonly heading: string | undefined; readonly id: string; readonly of: number } | undefined
  return pieces.map(({ heading, text }) => {
    // Pieces of one section go by its name and are numbered; a piece begins a section when it has its heading line.
    const continues = last !== undefined && last.heading === heading && (heading === undefined || !text.startsWith('#'))
    const id = continues && last ? last.id : names.take(heading === undefined ? name : `${name}#${slug(heading) ?? 'section'}`)
    const of = continues && last ? last.of + 1 : 1
    last = { heading, id, of }
    return { id: of === 1 ? id : names.take(`${id}.${of}`), guide: text }
  })
}

function rowValues(
  rows: RowPassage[] | RowProblem,
  document: Document,
  name: string,
  { complaints }: Reading,
  names: Names,
): ValueDetail[] {
  if (Array.isArray(rows))
    return rows.map(({ id, text, line }) => ({
      id: names.take(clean(id) ?? `${name}#${slug(text.split(/\s+/u).slice(0, FIRST_WORDS).join(' ')) ?? line}`),
      guide: text,
    }))
  const { message, line, column, known } = rows
  const where = line === undefined ? `"${document.whole}"` : `line ${line} of "${document.whole}"`
  complaints.add('bad-document', document.at, `${where} ${message}`, {
    ...(known ? { facts: [['columns', known.join(', ')]] } : {}),
    hint: column === undefined ? undefined : (didYouMean(column, known ?? []) ?? 'name the columns: `text` and, if there is one, `id`'),
  })
  return []
}

/** What a dimension's value may be called; longer or stranger ids are not ids. */
function clean(id: string | undefined): string | undefined {
  const plain = id
    ?.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed()
    .trim()
  return plain === '' ? undefined : plain
}
