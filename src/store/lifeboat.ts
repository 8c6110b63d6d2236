/** Answers that the store could not take: kept in a rescue file here, and found again in those that earlier builds left. */
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Owners } from './owners.ts'
import { type RescueFile, readRescue, rescueFiles, Spool } from './rescue.ts'
import type { NewResponse } from './store.ts'

export interface LifeboatOptions {
  /** The store's folder. */
  readonly dir: string
  /** Where files go for which there is no room there. */
  readonly tempDir: string
  /** Of the store: other stores' files are none of its business. */
  readonly identity: string
  readonly owners: Owners
  /** Hears of each answer that a finished file holds only in part. */
  readonly onTorn: () => void
}

export class Lifeboat {
  readonly #options: LifeboatOptions
  #spool: { readonly token: number; readonly spool: Spool } | undefined

  constructor(options: LifeboatOptions) {
    this.#options = options
  }

  /** Returns those that are safe now. */
  save(responses: readonly NewResponse[]): ReadonlySet<NewResponse> {
    if (responses.length === 0) return new Set()
    // A process that never got a token needs a name that no other one has.
    this.#spool ??= this.#open(this.#options.owners.token ?? randomInt(2 ** 40, 2 ** 47))
    return this.#spool.spool.append(responses)
  }

  /** Room for what a full disk could not take, made before the first call that brings something. */
  makeRoom(): void {
    const { token } = this.#options.owners
    if (token === undefined || this.#spool?.token === token) return
    this.#spool?.spool.close()
    this.#spool = this.#open(token)
  }

  /**
   * What earlier builds could not store goes to `takeIn`, file by file; a file goes when its build is gone. Taking the same in twice
   * must change nothing.
   */
  empty(takeIn: (responses: readonly NewResponse[]) => void): void {
    const { owners, identity } = this.#options
    for (const { path, token, store } of this.#files()) {
      const isGone = store !== identity || owners.isGone(token)
      const responses = this.#read(path, isGone)
      if (responses.length > 0) takeIn(responses)
      if (isGone) rmSync(path, { force: true })
    }
  }

  /** What a dead owner could not store, for whoever takes its claims over. */
  leftBy(token: number): readonly NewResponse[] {
    const files = this.#files().filter((file) => file.token === token && file.store === this.#options.identity)
    return files.flatMap(({ path }) => this.#read(path, false))
  }

  close(): void {
    this.#spool?.spool.close()
  }

  #files(): RescueFile[] {
    return rescueFiles(this.#options.dir, this.#options.tempDir)
  }

  #open(token: number) {
    const { dir, tempDir, identity } = this.#options
    return { token, spool: new Spool(dir, tempDir, token, identity) }
  }

  /** Of one that is still written to, the last answer may be half there. */
  #read(path: string, isWhole: boolean): readonly NewResponse[] {
    const { responses, torn } = readRescue(path)
    for (let i = 0; isWhole && i < torn; i++) this.#options.onTorn()
    return responses
  }
}
