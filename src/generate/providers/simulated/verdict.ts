/** What a simulated judge says: reasons, a level that mostly is the best, and the weakest criterion named rightly; of two answers, mostly the one that it should. */
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

type Compared = { readonly [name: string]: { readonly properties?: { readonly better?: unknown } } }

/** Whether a schema asks which of two answers is better. */
export function isComparison(schema: JsonObject): boolean {
  return schema['title'] === 'comparison' && comparedIn(schema).length > 0
}

/**
 * By one preference in all criteria: mostly for the answer with more different words, whichever stands first; now and then for the first one, so that
 * some pairs come out as unclear, as with models.
 */
export function comparisonOf(schema: JsonObject, random: Random, task: string, write: () => string): Json {
  const names = comparedIn(schema)
  const [a, b] = ['A', 'B'].map((name) => wordsOf(task, name))
  const better = random.chance(BIASED) ? 'A' : a === b ? 'tie' : (a as number) > (b as number) ? 'A' : 'B'
  const decides = Object.hasOwn((schema['properties'] ?? {}) as object, 'decisive')
  return {
    ...Object.fromEntries(names.map((name) => [name, { reasoning: write(), better }])),
    ...(decides ? { decisive: names[0] as string } : {}),
  }
}

const BIASED = 0.05

/** Different words of an answer as a judge is shown it. */
function wordsOf(task: string, answer: string): number {
  const [, text = ''] = task.split(`\nAnswer ${answer}:\n`)
  const [own = ''] = text.split(/\nAnswer [AB]:\n|\n=== /)
  return new Set(own.toLowerCase().match(/\p{L}+/gu) ?? []).size
}

function comparedIn(schema: JsonObject): string[] {
  return Object.entries((schema['properties'] ?? {}) as unknown as Compared).flatMap(([name, { properties }]) =>
    properties?.better === undefined ? [] : [name],
  )
}
