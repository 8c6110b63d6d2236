/** The layers of docs/design.md, enforced: imports point left, and only some rooms may touch the world. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LEVELS: readonly (readonly string[])[] = [
  ['schema', 'events', 'util'],
  ['measure'],
  ['config', 'key'],
  ['plan', 'store', 'review'],
  ['generate', 'check', 'assemble', 'write', 'read', 'validate'],
  ['schedule', 'simulate'],
  ['commands'],
  ['cli'],
]
/** What is shown to people: it knows what happened and nothing of how. */
const FACES = ['report', 'page']
const FACES_READ = ['events', 'util']
// The public face and the program's entry stand outside the levels.
const ENTRIES = ['index', 'bin']

const files = ['src', 'schema'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|cts)$/.test(name) && !name.includes('.generated.') && !name.includes('.build.'))
    .map((name) => join(folder, name)),
)

/** `src/plan/cells.ts` → `plan`; `src/cli.ts` → `cli`; `schema/config.ts` → `schema`. */
function room(file: string): string {
  const parts = file.split('/')
  return parts[0] === 'schema' ? 'schema' : parts.length === 2 ? (parts[1] as string).replace(/\.\w+$/, '') : (parts[1] as string)
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/(?:from|import|import\(|require\()\s*\(?'([^']+)'/g)].map((match) => match[1] as string)
}

function local(file: string): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(ROOT, resolve(ROOT, file, '..', specifier)))
    .filter((target) => !target.includes('.generated.'))
}

const level = (name: string) => LEVELS.findIndex((rooms) => rooms.includes(name))

describe('layers', () => {
  it('know every file', () => {
    const strangers = files.filter((file) => level(room(file)) < 0 && !FACES.includes(room(file)) && !ENTRIES.includes(room(file)))
    expect(strangers).toEqual([])
    expect(files.length).toBeGreaterThan(60)
  })

  it('import only from their left, and never a sibling', () => {
    const broken: string[] = []
    for (const file of files) {
      const from = room(file)
      if (FACES.includes(from) || ENTRIES.includes(from)) continue
      for (const target of local(file)) {
        const to = room(target)
        if (to === from) continue
        const reportFromCommands = FACES.includes(to) && from === 'commands'
        if (!reportFromCommands && !(level(to) >= 0 && (level(to) < level(from) || (level(from) === 0 && level(to) === 0))))
          broken.push(`${file} → ${target}`)
      }
    }
    expect(broken).toEqual([])
  })

  it('let report and page read only events and util', () => {
    expect(
      files
        .filter((file) => FACES.includes(room(file)))
        .flatMap((file) =>
          local(file)
            .filter((target) => ![...FACES_READ, room(file)].includes(room(target)))
            .map((target) => `${file} → ${target}`),
        ),
    ).toEqual([])
  })

  it.each([
    [
      'plan, key and measure do no input or output and read no clock',
      /node:(fs|net|http|https|child_process|sqlite|os)|Date\.now|new Date|performance\.|setTimeout|Math\.random|process\./,
      (file: string) => !/^src\/(plan|key|measure)\//.test(file),
    ],
    // The fault server is a network's other end: it listens on this machine, for tests and for rehearsals, and asks nobody.
    [
      'only generate/providers touches the network, and simulate answers there',
      /node:(net|http|https|tls|dgram)|from 'undici'|from 'openai'|import\('openai|import\('undici|\bfetch\(/,
      (file: string) => /^src\/(generate\/providers|simulate)\//.test(file) || /bin\.cts|stamp-check\.cts/.test(file),
    ],
    [
      'only store and write change files',
      /\b(writeFile|writeFileSync|appendFile|appendFileSync|mkdir|mkdirSync|rename|renameSync|unlink|unlinkSync|rm|rmSync|createWriteStream|writeSync|chmodSync)\b\s*\(/,
      (file: string) => /^src\/(store|write)\//.test(file),
    ],
    [
      'only read opens the datasets of others',
      /createGunzip|hyparquet|gunzipSync|createReadStream/,
      (file: string) => /^src\/(read|store|config)\//.test(file),
    ],
    [
      'only config and cli read the environment',
      /process\.env/,
      (file: string) => file.startsWith('src/config/') || file === 'src/cli.ts' || /bin\.cts|stamp-check\.cts/.test(file),
    ],
  ])('%s', (_, forbidden, exempt) => {
    const broken = files.filter((file) => !exempt(file) && forbidden.test(withoutComments(readFileSync(join(ROOT, file), 'utf8'))))
    expect(broken).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
}
