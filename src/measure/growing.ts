/** A column of 32-bit numbers that grows. */
export class GrowingU32 {
  private column = new Uint32Array(1024)
  private used = 0

  get length(): number {
    return this.used
  }

  push(value: number): void {
    if (this.used === this.column.length) {
      const wider = new Uint32Array(this.column.length * 2)
      wider.set(this.column)
      this.column = wider
    }
    this.column[this.used++] = value
  }

  at(index: number): number {
    return this.column[index] as number
  }

  add(index: number, by: number): void {
    ;(this.column as { [at: number]: number })[index] = (this.column[index] as number) + by
  }

  set(index: number, value: number): void {
    this.column[index] = value
  }

  /** What was pushed, without a copy; valid until the next push. */
  get values(): Uint32Array {
    return this.column.subarray(0, this.used)
  }
}
