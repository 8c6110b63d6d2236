/** A simulated process: it takes steps, and it can die at any of them as `kill -9` would end it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type CrashPoint, onCrashPoint } from '../../src/util/crash-point.ts'
import type { Timers } from '../rig/virtual-clock.ts'

/** Thrown where a process dies in the middle of its own code: nothing it touches afterwards has any effect. */
export class Killed extends Error {}

const LEASE_MS = 60_000

export interface Plan {
  /** Dies at this passing (from 1) of a named point. */
  readonly crash?: { readonly point: CrashPoint; readonly n: number } | undefined
  /** What happens to it from outside at its n-th step. */
  readonly at?: ReadonlyMap<number, () => void>
}

export class SimProcess {
  readonly name: string
  readonly #plan: Plan
  readonly died: Promise<undefined>
  #die: () => void = () => {}
  #passed = 0
  /** Writes begun and ended, calls begun and ended. */
  steps = 0
  /** Taken for dead by others while it was stopped: what it had claimed may be bought twice. */
  fenced = false
  /** As `kill -STOP` would: it hears nothing before this moment. */
  #frozen = { since: 0, until: 0 }
  /** False once it was killed or has ended. */
  alive = true
  killed = false

  constructor(name: string, plan: Plan = {}) {
    this.name = name
    this.#plan = plan
    this.died = new Promise((resolve) => {
      this.#die = () => resolve(undefined)
    })
  }

  /** One step; what was planned for it happens now. */
  step(): void {
    this.#plan.at?.get(++this.steps)?.()
  }

  freeze(since: number, until: number): void {
    this.#frozen = { since, until }
  }

  /** In the instant in which it wakes up it has not read yet what was said to it while it slept. */
  wakesAt(now: number): boolean {
    return Math.abs(now - this.#frozen.until) < 1e-6
  }

  /** Runs what the process does at some event: never when it is dead, later when it is stopped. */
  wake(time: Timers, run: () => void): void {
    if (!this.alive) return
    const left = this.#frozen.until - time.now()
    if (left > 0) time.after(left, () => this.wake(time, run))
    else run()
  }

  /** Whether others believe it to be at work; who gives no sign for a lease's time is fenced off. */
  isBelieved(now: number): boolean {
    if (!this.alive) return false
    if (now < this.#frozen.until && now - this.#frozen.since > LEASE_MS) this.fenced = true
    return !this.fenced
  }

  kill(): void {
    if (!this.alive) return
    this.alive = false
    this.killed = true
    this.#die()
  }

  end(): void {
    this.alive = false
  }

  /** Dead processes run no code. */
  demandLife(): void {
    if (this.killed) throw new Killed()
  }

  pass(point: CrashPoint): void {
    this.demandLife()
    const { crash } = this.#plan
    if (crash?.point !== point || ++this.#passed !== crash.n) return
    this.kill()
    throw new Killed()
  }
}

const current = new AsyncLocalStorage<SimProcess>()

/** Runs code as a process: crash points that it passes are this process's. */
export function runAs<T>(process: SimProcess, run: () => T): T {
  return current.run(process, run)
}

/** Where each crash point was passed is known by who runs. */
export function armCrashPoints(onPass: (point: CrashPoint) => void): () => void {
  onCrashPoint((point) => {
    const process = current.getStore()
    if (!process) return
    onPass(point)
    process.pass(point)
  })
  return () => onCrashPoint(undefined)
}
