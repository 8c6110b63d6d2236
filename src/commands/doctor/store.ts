/** Whether the store can be opened, written and shared. */
import { accessSync, constants, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Check } from '../../report/doctor-text.ts'
import { money, plural } from '../../report/format.ts'
import { waitingRescues } from '../../store/care/waiting.ts'
import { StoreFailure } from '../../store/failure.ts'
import { FORMAT } from '../../store/format.ts'
import { holders } from '../../store/lock.ts'
import { STORE_FILE } from '../../store/open.ts'
import { openStoreIfExists } from '../../store/sqlite.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { size } from '../cache/size.ts'

export async function storeChecks(dir: string): Promise<Check[]> {
  return [writable(dir), await answers(dir), ...atWork(dir)]
}

function writable(dir: string): Check {
  // Where there is no folder yet, the one above it must let it be made.
  const folder = existsSync(dir) ? dir : dirname(dir)
  try {
    accessSync(folder, constants.W_OK)
    return { id: 'folder', level: 'ok', text: dir }
  } catch {
    return {
      id: 'folder',
      level: 'problem',
      text: `${folder} cannot be written`,
      fix: 'answers are kept there before anything else is done with them',
    }
  }
}

async function answers(dir: string): Promise<Check> {
  if (!existsSync(join(dir, STORE_FILE))) return { id: 'store', level: 'ok', text: 'no answers yet' }
  try {
    const store = openStoreIfExists(dir)
    try {
      const { responses, bytes, usd } = store.totals()
      const waiting = waitingRescues(dir, tmpdir(), store.identity).answers
      const text = `${plural(responses, 'answer')}, ${size(bytes)}, ${money(usd)}; format ${FORMAT}`
      const lost = store.damaged.filter(({ harmless }) => !harmless).length
      if (lost > 0)
        return {
          id: 'store',
          level: 'warning',
          text: `${text}; ${plural(lost, 'value')} damaged`,
          fix: '`datagen cache verify` names them',
        }
      return { id: 'store', level: 'ok', text: waiting > 0 ? `${text}; ${plural(waiting, 'answer')} rescued for the next build` : text }
    } finally {
      await store.close()
    }
  } catch (error) {
    if (error instanceof StoreFailure || error instanceof DatagenError) {
      const [first] = error.diagnostics
      return { id: 'store', level: 'problem', text: first?.headline ?? error.message, ...(first?.hint ? { fix: first.hint } : {}) }
    }
    throw error
  }
}

function atWork(dir: string): Check[] {
  return holders(dir).map(({ pid, host, since }) => ({
    id: 'at-work',
    level: 'ok',
    text: `process ${pid} on ${host} is at work here since ${since}`,
  }))
}
