/** What is embedded in the page: the report at once, columns and rows when they have been unpacked. */

export const STATES = ['pending', 'accepted', 'rejected', 'failed']
export const STATE_WORDS = { pending: 'to ask', accepted: 'accepted', rejected: 'rejected', failed: 'failed' }

export const report = JSON.parse(/** @type {string} */ (document.getElementById('report')?.textContent))

/** Columns by cell; undefined until they are unpacked. @type {any} */
export let cells
/** By cell: `[messages, rejected, editedBy, cut, scores]`, or null where there is no row. @type {any[]} */
export const rows = []

export async function loadCells() {
  const [block] = document.querySelectorAll('script[data-columns]')
  cells = await unpacked(/** @type {Element} */ (block))
  return cells
}

/** @param {(done: number) => void} onProgress */
export async function loadRows(onProgress) {
  for (const block of document.querySelectorAll('script[data-rows]')) {
    for (const row of await unpacked(block)) rows.push(row)
    onProgress(rows.length)
  }
}

/** @param {Element} block JSON, packed with gzip, as base64 */
async function unpacked(block) {
  const text = block.textContent ?? ''
  block.remove()
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).json()
}

/** @param {string} text */
function bytesOf(text) {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** `csv × beginner × question #1` @param {number} cell */
export function labelOf(cell) {
  const values = report.dimensions.flatMap((/** @type {any} */ dimension, /** @type {number} */ d) =>
    dimension.branch ? [] : [dimension.values[cells.values[d][cell]]?.id ?? '?'],
  )
  const sample = cells.sample[cell]
  return values.join(' × ') + (sample > 0 ? ` #${sample}` : '')
}

/** @param {{ batch: string, round: number }} batch */
export function batchLabel({ batch, round }) {
  const rounds = report.batches.filter((/** @type {any} */ other) => other.batch === batch).length
  return rounds > 1 ? `${batch}, round ${round + 1}` : batch
}
