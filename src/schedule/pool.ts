/** A pull-based pool: as many slots as may be busy, each asking for the next item. Nothing is created for what waits. */

/**
 * Runs `work` for every item that `next` hands out, at most `slots` at once. The first error stops further
 * items; it is thrown when all slots have come to rest, so nothing is left running behind it.
 */
export async function drain(slots: number, next: () => number | undefined, work: (item: number) => Promise<void>): Promise<void> {
  let failure: { error: unknown } | undefined
  const slot = async () => {
    for (let item = next(); item !== undefined && !failure; item = next()) {
      try {
        await work(item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: slots }, slot))
  if (failure) throw failure.error
}
