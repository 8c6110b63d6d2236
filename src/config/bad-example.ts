/** What a recipe throws, and what checks of its examples throw, for an item that cannot become a row. */

/** `bad-example`, or a name of its own for what people will want to count. */
export type BadExampleCode = 'bad-example' | 'equal-pair' | 'no-preference'

export class BadExample extends Error {
  readonly code: BadExampleCode
  constructor(message: string, code: BadExampleCode = 'bad-example') {
    super(message)
    this.name = 'BadExample'
    this.code = code
  }
}
