/** What happened in a history, step by step: always as a digest, as lines when somebody reads them. */

export class Trace {
  readonly #print: ((line: string) => void) | undefined
  #high = 0xdeadbeef
  #low = 0x41c6ce57
  /** Steps so far. */
  steps = 0

  constructor(print?: (line: string) => void) {
    this.#print = print
  }

  say(at: number, who: string, what: string, detail = ''): void {
    this.steps++
    this.#mix(at)
    this.#text(who)
    this.#text(what)
    this.#text(detail)
    this.#print?.(`${at.toFixed(1).padStart(11)} ms  ${who.padEnd(4)} ${what}${detail && ` ${detail}`}`)
  }

  /** Equal for equal histories; not made to resist anybody. */
  get digest(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0')
  }

  #text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#step(text.charCodeAt(i))
    this.#step(0x1f)
  }

  #mix(value: number): void {
    this.#step(Math.floor(value))
    this.#step(Math.floor((value % 1) * 0x1000000))
  }

  #step(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 2654435761)
    this.#low = Math.imul(this.#low ^ word, 1597334677) ^ (this.#high >>> 15)
  }
}
