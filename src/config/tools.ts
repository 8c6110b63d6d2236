/** Tools that a config offers to a model: names that every provider takes, each once. */
import type { Tool } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { ConfigPath } from './locate.ts'

export function checkTools(tools: readonly Tool[], path: ConfigPath, complaints: Complaints): void {
  const seen = new Set<string>()
  for (const [i, { function: tool }] of tools.entries()) {
    const at = [...path, i, 'function', 'name']
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name))
      complaints.add('bad-name', at, `${JSON.stringify(tool.name)} cannot be the name of a tool`, {
        hint: 'a name has letters without accents, digits, "_" and "-", at most 64',
      })
    if (seen.has(tool.name)) complaints.add('duplicate-name', at, `two tools are called "${tool.name}"`)
    seen.add(tool.name)
    if (tool.parameters !== undefined && tool.parameters['type'] !== 'object')
      complaints.add(
        'bad-value',
        [...path, i, 'function', 'parameters'],
        `the parameters of "${tool.name}" are not the schema of an object`,
        {
          hint: 'write `type: object` with `properties`',
        },
      )
  }
}
