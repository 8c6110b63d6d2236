/** Whoever waits, lane by lane in turn: a thousand answers that are wanted must not keep one verdict waiting. */

export class Lanes<T> {
  readonly #lanes = new Map<string, T[]>()
  #order: string[] = []
  size = 0

  add(lane: string, one: T): void {
    this.size++
    const waiting = this.#lanes.get(lane)
    if (waiting) {
      waiting.push(one)
      return
    }
    this.#lanes.set(lane, [one])
    this.#order.push(lane)
  }

  /** Whose turn it is. */
  first(): T | undefined {
    const lane = this.#order[0]
    return lane === undefined ? undefined : this.#lanes.get(lane)?.[0]
  }

  /** Takes the first out; its lane comes last from now on. */
  shift(): T | undefined {
    const lane = this.#order.shift()
    if (lane === undefined) return undefined
    const waiting = this.#lanes.get(lane) as T[]
    const one = waiting.shift()
    if (waiting.length === 0) this.#lanes.delete(lane)
    else this.#order.push(lane)
    this.size--
    return one
  }

  remove(lane: string, one: T): void {
    const waiting = this.#lanes.get(lane)
    const at = waiting?.indexOf(one) ?? -1
    if (!waiting || at < 0) return
    waiting.splice(at, 1)
    this.size--
    if (waiting.length > 0) return
    this.#lanes.delete(lane)
    this.#order = this.#order.filter((name) => name !== lane)
  }
}
