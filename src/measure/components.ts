/** Which rows hang together: union-find over row numbers. */
export class Components {
  private readonly parent: Uint32Array

  constructor(rows: number) {
    this.parent = Uint32Array.from({ length: rows }, (_, row) => row)
  }

  /** The lowest row of a row's component. */
  find(row: number): number {
    const { parent } = this
    let root = row
    while (parent[root] !== root) root = parent[root] as number
    for (let at = row; at !== root; ) {
      const next = parent[at] as number
      parent[at] = root
      at = next
    }
    return root
  }

  /** False when they hung together already. */
  join(a: number, b: number): boolean {
    const x = this.find(a)
    const y = this.find(b)
    if (x === y) return false
    this.parent[Math.max(x, y)] = Math.min(x, y)
    return true
  }
}
