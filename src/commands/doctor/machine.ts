/** Whether this machine can build: Node, open files, room on the disk, proxies. */
import { statfsSync } from 'node:fs'
import type { Check } from '../../report/doctor-text.ts'
import { count } from '../../report/format.ts'
import { openFilesLimit } from '../../util/open-files.ts'
import { size } from '../cache/size.ts'
import type { Environment } from '../environment.ts'
import { proxyOf } from '../shop.ts'

const OLDEST_NODE = [22, 22] as const
// A million answers with their requests take 2 to 6 GB; a first dataset takes a few MB.
const LITTLE_ROOM = 1 << 30
const NO_ROOM = 64 << 20

export function machineChecks({ env }: Environment, folder: string): Check[] {
  return [node(), openFiles(), room(folder), proxies(env)]
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  const text = `Node ${process.versions.node} on ${process.platform} ${process.arch}`
  return old
    ? { id: 'node', level: 'problem', text, fix: `datagen needs Node ${OLDEST_NODE.join('.')} or newer` }
    : { id: 'node', level: 'ok', text }
}

function openFiles(): Check {
  const limit = openFilesLimit()
  return {
    id: 'open-files',
    level: 'ok',
    text: limit === undefined ? 'no limit on open files is known' : `${count(limit)} files may be open at once`,
  }
}

function room(folder: string): Check {
  try {
    const { bavail, bsize } = statfsSync(folder)
    const free = bavail * bsize
    const text = `${size(free)} free where the answers are kept`
    if (free < NO_ROOM) return { id: 'disk', level: 'problem', text, fix: 'make room: an answer that cannot be kept ends the build' }
    if (free < LITTLE_ROOM) return { id: 'disk', level: 'warning', text, fix: 'reckon with 2 to 6 KB an answer' }
    return { id: 'disk', level: 'ok', text }
  } catch {
    return { id: 'disk', level: 'ok', text: 'how much room the disk has cannot be told here' }
  }
}

/** Hosts only: a proxy's address may carry a password. */
function proxies(env: Environment['env']): Check {
  const { http, https, none } = proxyOf(env)
  const broken = [http, https].some((address) => address !== undefined && !URL.canParse(address))
  if (broken) return { id: 'proxy', level: 'problem', text: 'HTTP_PROXY or HTTPS_PROXY is no URL', fix: 'write it as http://host:port' }
  const host = (address: string) => new URL(address).host
  const used = [http ? `http through ${host(http)}` : '', https ? `https through ${host(https)}` : ''].filter(Boolean)
  if (used.length === 0) return { id: 'proxy', level: 'ok', text: 'no proxy' }
  return { id: 'proxy', level: 'ok', text: `${used.join(', ')}, but not to this machine${none ? ` or ${none}` : ''}` }
}
