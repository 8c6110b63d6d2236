/** What a simulated judge says: reasons, a level that mostly is the best, and the weakest criterion named rightly. */
import type { Json, JsonObject } from '../../../../schema/json.ts'
import type { Random } from './random.ts'

type Properties = { readonly [name: string]: { readonly properties?: { readonly level?: { readonly enum?: readonly string[] } } } }

const BEST = 0.97 // of so many criteria that most rows of a rubric with seven pass

/** Whether a schema asks for a verdict: criteria, each with reasoning and a level. */
export function isVerdict(schema: JsonObject): boolean {
  return schema['title'] === 'verdict' && criteriaOf(schema).length > 0
}

export function verdictOf(schema: JsonObject, random: Random, write: () => string): Json {
  const given = criteriaOf(schema).map(([name, levels]) => {
    const at = random.chance(BEST) ? levels.length - 1 : random.int(0, levels.length - 2)
    return { name, at, of: levels.length, verdict: { reasoning: write(), level: levels[at] as string } }
  })
  const weakest = given.reduce((low, one) => (one.at / (one.of - 1) < low.at / (low.of - 1) ? one : low))
  const asks = Object.hasOwn((schema['properties'] ?? {}) as object, 'weakest')
  return { ...Object.fromEntries(given.map(({ name, verdict }) => [name, verdict])), ...(asks ? { weakest: weakest.name } : {}) }
}

function criteriaOf(schema: JsonObject): [name: string, levels: readonly string[]][] {
  return Object.entries((schema['properties'] ?? {}) as unknown as Properties).flatMap(([name, { properties }]) => {
    const levels = properties?.level?.enum
    return levels === undefined || levels.length < 2 ? [] : [[name, levels]]
  })
}
