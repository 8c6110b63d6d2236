/** The page's own script and style: modules in `browser/`, put behind each other as one script, because a page alone can import nothing. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Each behind those it imports from. */
const MODULES = [
  'dom',
  'numbers',
  'data',
  'charts',
  'tables',
  'overview',
  'coverage',
  'texts',
  'habits',
  'scores',
  'money',
  'list',
  'row',
  'cells',
  'theme',
  'main',
]

export interface Asset {
  readonly text: string
  /** For the page's policy: only what has this digest is run, or styles anything. */
  readonly digest: string
}

export function pageScript(): Asset {
  const modules = MODULES.map((name) =>
    read(`${name}.js`)
      .replace(/^import [^;]*? from '[^']+'\n/gm, '')
      .replace(/^export /gm, ''),
  )
  return asset(`'use strict';(() => {\n${modules.join('')}})()\n`)
}

export function pageStyle(): Asset {
  return asset(read('page.css'))
}

function read(name: string): string {
  return readFileSync(new URL(`browser/${name}`, import.meta.url), 'utf8')
}

function asset(text: string): Asset {
  // Either would end the element it stands in.
  if (/<\/|<!--/.test(text)) throw new Error('datagen bug: the page cannot hold its own script or style')
  return { text, digest: `sha256-${createHash('sha256').update(text).digest('base64')}` }
}
