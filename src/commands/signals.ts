/** What a person or a save tells a watch: change, go, quit; one at a time, the latest change winning. */
import { EXIT, type ExitCode } from '../util/exit.ts'
import type { Environment } from './environment.ts'

export type Signal = 'change' | 'go' | 'quit'

export class Signals {
  readonly #environment: Environment
  readonly #release: () => void
  #waiting: ((signal: Signal) => void) | undefined
  #pending: Signal | undefined
  #onQuit: () => void = () => {}
  #listening = false
  quitting = false
  /** Leaving by `q` is no failure; Ctrl-C is an interruption, as everywhere. */
  exitCode: ExitCode = EXIT.ok

  constructor(environment: Environment) {
    this.#environment = environment
    this.#release = environment.onInterrupt(() => this.#quit(EXIT.interrupted))
  }

  /** Whether anybody could press a key. */
  get canAsk(): boolean {
    return this.#environment.stdin.isTTY === true
  }

  onQuit(listener: () => void): void {
    this.#onQuit = listener
  }

  /** Takes the keyboard; a live screen must not be up. */
  listen(): void {
    if (this.#listening || !this.canAsk) return
    this.#listening = true
    const { stdin } = this.#environment
    stdin.setRawMode(true)
    stdin.on('data', this.#onKey)
    stdin.resume()
  }

  /** Gives the keyboard back. */
  release(): void {
    if (!this.#listening) return
    this.#listening = false
    const { stdin } = this.#environment
    stdin.off('data', this.#onKey)
    stdin.setRawMode(false)
    stdin.pause()
  }

  /** Forgets one kind of signal: a change that the next plan will see anyway, a key that was typed before its question. */
  forget(signal: Signal): void {
    if (this.#pending === signal) this.#pending = undefined
  }

  raise(signal: Signal): void {
    if (this.#waiting) {
      const wake = this.#waiting
      this.#waiting = undefined
      wake(signal)
    } else if (this.#pending !== 'quit') this.#pending = signal
  }

  next(): Promise<Signal> {
    this.listen()
    const pending = this.#pending
    this.#pending = undefined
    if (pending) return Promise.resolve(pending)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  close(): void {
    this.release()
    this.#release()
  }

  readonly #onKey = (data: Buffer): void => {
    for (const key of data.toString('utf8')) {
      if (key === '\r' || key === '\n') this.raise('go')
      else if (key === 'q') this.#quit(EXIT.ok)
      else if (key === '\u0003') this.#quit(EXIT.interrupted)
    }
  }

  #quit(exitCode: ExitCode): void {
    this.quitting = true
    this.exitCode = exitCode
    this.#onQuit()
    this.raise('quit')
  }
}
