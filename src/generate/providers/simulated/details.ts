/** The particulars that make one request unlike any other: names, numbers, dates. */
import type { Language } from './brief.ts'
import type { Random } from './random.ts'
import { ADJECTIVES, DAYS, FUNCTION_VERBS, MOMENTS, NOUNS, PEOPLE, PROJECTS } from './words.ts'

export interface Details {
  /** `late_orders` */
  readonly name: string
  /** `late_orders.csv` */
  readonly file: string
  /** `merge_late_orders` */
  readonly call: string
  /** A number with thousands separators, another one each time. */
  readonly amount: () => string
  /** A number below 50, another one each time. */
  readonly small: () => string
  readonly person: string
  readonly other: string
  readonly project: string
  /** `Friday before noon`, another one each time. */
  readonly when: () => string
  /** One particular, as an adverbial: `in `late_orders.csv``, `for the 4,211 late orders`. */
  readonly where: string
}

const EXTENSIONS = ['csv', 'json', 'txt', 'log', 'tsv', 'yaml']

export function drawDetails(random: Random, language: Language | undefined): Details {
  const [adjective, noun] = [random.pick(ADJECTIVES), random.pick(NOUNS)]
  const [person = '', other = ''] = random.some(PEOPLE, 2)
  const name = `${adjective}_${noun}`
  const file = `${name}.${random.pick(EXTENSIONS)}`
  const call =
    language === 'javascript' ? `${random.pick(FUNCTION_VERBS)}${upper(adjective)}${upper(noun)}` : `${random.pick(FUNCTION_VERBS)}_${name}`
  const draw = () =>
    random
      .int(112, 48_000)
      .toString()
      .replace(/(?=(\d{3})$)(?<=\d)/, ',')
  const amount = draw()
  const plain = `${adjective} ${noun}`
  const where = language
    ? random.pick([
        `in \`${file}\` (${amount} lines)`,
        `for the ${amount} rows of \`${file}\``,
        `inside \`${call}\`, which sees about ${amount} ${noun} a day`,
        `for ${amount} ${plain}, starting from \`${call}\``,
        `when \`${call}\` gets ${amount} ${noun} at once`,
        `with \`${file}\`, about ${amount} entries of it`,
        `on the ${amount} records that \`${call}\` returns`,
      ])
    : random.pick([
        `for our ${amount} ${plain}`,
        `with ${amount} ${plain} and ${person} helping`,
        `for ${person}, who looks after ${amount} ${plain}`,
        `now that there are ${amount} ${plain}`,
        `for the ${plain} that ${person} sent, ${amount} in all`,
        `when ${amount} ${plain} arrive at ${person}'s desk`,
      ])
  return {
    name,
    file,
    call,
    amount: draw,
    small: () => String(random.int(3, 48)),
    person,
    other,
    project: random.pick(PROJECTS),
    when: () => `${random.pick(DAYS)} ${random.pick(MOMENTS)}`,
    where,
  }
}

const upper = (word: string): string => (word[0] ?? '').toUpperCase() + word.slice(1)
