/**
 * Completes package-lock.json: a registry that does not carry a package's builds for other systems makes npm leave
 * them out of the lock file, and `npm ci` then refuses it. Run after every change of dependencies:
 * `node test/rig/complete-lock.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: { readonly [name: string]: string }
}

type Lock = { packages: { [path: string]: Entry & { readonly [field: string]: unknown } } }

type Missing = readonly [path: string, entry: Entry & { readonly [field: string]: unknown }]

const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url))
const SYSTEMS = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix', 'openharmony']
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32']

/** Entries that are missing for optional builds, with the system and processor that their names tell. */
export function missingEntries(lock: Lock): Missing[] {
  return Object.values(lock.packages).flatMap(({ optionalDependencies = {}, dev }) =>
    Object.entries(optionalDependencies).flatMap(([name, version]) => {
      const path = `node_modules/${name}`
      if (lock.packages[path] || !/^\d/.test(version)) return []
      const words = (name.split('/').at(-1) as string).split('-')
      const os = words.filter((word) => SYSTEMS.includes(word))
      const cpu = words.filter((word) => PROCESSORS.includes(word))
      if (os.length + cpu.length === 0) return []
      const libc = name.includes('musl') ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined
      const entry: Missing[1] = {
        version,
        ...(cpu.length > 0 ? { cpu } : {}),
        ...(dev ? { dev } : {}),
        ...(libc ? { libc } : {}),
        optional: true,
        ...(os.length > 0 ? { os } : {}),
      }
      return [[path, entry] as const]
    }),
  )
}

export function readLock(): Lock {
  return JSON.parse(readFileSync(LOCK, 'utf8')) as Lock
}

if (import.meta.main) {
  const lock = readLock()
  const missing = missingEntries(lock)
  const packages = { ...lock.packages, ...Object.fromEntries(missing) }
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${missing.length} entries added`)
}
