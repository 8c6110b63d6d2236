/** Small code examples of simulated answers, in the language that a conversation is about. */
import type { Language } from './brief.ts'
import type { Details } from './details.ts'
import type { Random } from './random.ts'

/** A fenced block that uses the details' names. */
export function codeBlock(language: Language, { call, name, file, ...draw }: Details, random: Random): string {
  const small = draw.small()
  const number = draw.amount().replace(',', '')
  const variants: { readonly [L in Language]: readonly string[] } = {
    python: [
      `def ${call}(items):\n    seen = {}\n    for item in items:\n        seen[item] = seen.get(item, 0) + 1\n    return seen\n\nprint(${call}(["a", "b", "a"]))  # {'a': 2, 'b': 1}`,
      `from pathlib import Path\n\ndef ${call}(path="${file}"):\n    lines = Path(path).read_text(encoding="utf-8").splitlines()\n    return [line.strip() for line in lines if line.strip()][:${small}]`,
      `def ${call}(${name}, limit=${number}):\n    if not ${name}:\n        return []\n    return sorted(${name})[:limit]\n\nassert ${call}([]) == []`,
      `def ${call}(rows, size=${small}):\n    for start in range(0, len(rows), size):\n        yield rows[start:start + size]\n\nfor part in ${call}(list(range(${number}))):\n    print(len(part))\n    break`,
    ],
    javascript: [
      `function ${call}(items, limit = ${small}) {\n  return [...new Set(items)].slice(0, limit)\n}\n\nconsole.log(${call}(['a', 'b', 'a'])) // [ 'a', 'b' ]`,
      `import { readFile } from 'node:fs/promises'\n\nexport async function ${call}(path = '${file}') {\n  const text = await readFile(path, 'utf8')\n  return text.split('\\n').filter(Boolean).slice(0, ${number})\n}`,
    ],
    sql: [
      `SELECT id, COUNT(*) AS total\nFROM ${name}\nGROUP BY id\nHAVING COUNT(*) > ${small}\nORDER BY total DESC\nLIMIT ${number};`,
      `WITH latest AS (\n  SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY created_at DESC) AS place\n  FROM ${name}\n)\nSELECT * FROM latest WHERE place = 1 LIMIT ${number};`,
    ],
    bash: [
      `set -euo pipefail\nsort -u '${file}' | head -n ${number} > '${name}.sorted'\nwc -l '${name}.sorted'`,
      `while IFS= read -r line; do\n  printf '%s\\n' "$line"\ndone < '${file}' | tail -n ${small}`,
    ],
  }
  return `\`\`\`${language}\n${random.pick(variants[language])}\n\`\`\``
}
