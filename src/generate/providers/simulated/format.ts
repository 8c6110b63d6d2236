/** Texts of the formats that JSON Schema names. */
import type { Random } from './random.ts'
import { ADJECTIVES, NOUNS, PEOPLE } from './words.ts'

/** Undefined for a format that is not known. */
export function textOfFormat(format: string, random: Random): string | undefined {
  const two = (number: number) => String(number).padStart(2, '0')
  const date = () => `${random.int(2001, 2029)}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`
  const time = () => `${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}Z`
  const hex = (length: number) => Array.from({ length }, () => random.int(0, 15).toString(16)).join('')
  const host = () => `${random.pick(ADJECTIVES)}-${random.pick(NOUNS)}.example`
  switch (format) {
    case 'date':
      return date()
    case 'time':
      return time()
    case 'date-time':
      return `${date()}T${time()}`
    case 'email':
      return `${random.pick(PEOPLE).toLowerCase()}.${random.int(1, 999)}@${host()}`
    case 'uri':
    case 'url':
      return `https://${host()}/${random.pick(NOUNS)}/${random.int(1, 9999)}`
    case 'hostname':
      return host()
    case 'ipv4':
      return `192.0.2.${random.int(1, 254)}`
    case 'uuid':
      return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`
    default:
      return undefined
  }
}
