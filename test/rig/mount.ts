/** File systems of a known size or mode below a test's project; they need the right to mount. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class Mount implements Disposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Memory that is full after `size`, such as `64k`. */
  static memory(path: string, size: string): Mount {
    mkdirSync(path, { recursive: true })
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path)
    return new Mount(path)
  }

  /** The folder itself, refusing every write. */
  static readOnly(path: string): Mount {
    mount('--bind', path, path)
    mount('-o', 'remount,bind,ro', path)
    return new Mount(path)
  }

  resize(size: string): void {
    mount('-o', `remount,size=${size}`, this.path)
  }

  [Symbol.dispose](): void {
    // A process that has just died may hold it for a moment; lazily it goes when the last file is closed.
    execFileSync('umount', ['-l', this.path])
  }
}

/** Whether this process may mount at all. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'datagen-mount-'))
  const allowed = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
  if (allowed) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return allowed
}

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' })
}
