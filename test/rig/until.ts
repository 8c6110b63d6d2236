/** Waits for what another process does, with a deadline that says what never came. */

const POLL_MS = 5
const PATIENCE_MS = 15_000 // five suites may share two cores

/** The first truthy value of `probe`; throws when none comes in time. */
export async function until<T>(what: string, probe: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<NonNullable<T>> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const value = await probe()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
