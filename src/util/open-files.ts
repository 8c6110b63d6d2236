/** How many files and sockets this process may have open at once, and how many calls that leaves room for. */
import { readFileSync } from 'node:fs'

/** What a build has open beside its calls: store, log, outputs, modules, terminal; measured about 40. */
export const OPEN_BESIDE_CALLS = 64

/** A command has three pipes and, while it starts, the ends that it gets. */
const FILES_A_COMMAND = 6

/** Undefined where there is no limit, or none that can be read. */
export function openFilesLimit(): number | undefined {
  const soft = fromProc() ?? fromReport()
  return soft !== undefined && Number.isSafeInteger(soft) && soft > 0 ? soft : undefined
}

/** The most calls at once; at least one. `servers`: each keeps sockets of its own. */
export function mostCalls(limit: number | undefined, { servers, commands }: { servers: number; commands: boolean }): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  const each = Math.max(1, servers, commands ? FILES_A_COMMAND : 1)
  return Math.max(1, Math.floor((limit - OPEN_BESIDE_CALLS) / each))
}

function fromProc(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return found ? Number(found[1]) : undefined
  } catch {
    return undefined
  }
}

/** Where there is no /proc: Node's own report, which takes some milliseconds. */
function fromReport(): number | undefined {
  try {
    Object.assign(process.report, { excludeNetwork: true }) // or it looks up names
    const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
    return typeof userLimits?.open_files?.soft === 'number' ? userLimits.open_files.soft : undefined
  } catch {
    return undefined
  }
}
