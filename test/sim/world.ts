/** Everything outside of the processes: time, store, files, servers and people, and the laws that can be judged at any moment. */
import { canonicalText } from '../../src/key/canonical.ts'
import { type Heard, nameOf } from '../laws/law-provider.ts'
import { ATTEMPTS } from '../laws/oracle.ts'
import { type Random, seeded } from '../rig/random.ts'
import { VirtualTime } from '../rig/virtual-clock.ts'
import { type Held, SimDisk } from './disk.ts'
import { SimFiles } from './files.ts'
import { SimKeepsakes } from './keepsakes.ts'
import { type Law, LawBroken } from './law.ts'
import type { SimProcess } from './process.ts'
import { ColumnsFile } from './session.ts'
import { type Sale, Shop, type ShopManners } from './shop.ts'
import type { Trace } from './trace.ts'

/** What the watch needs to know about one build. */
export interface Account {
  readonly process: SimProcess
  readonly budgetUsd: number | undefined
  readonly maxCalls: number | undefined
  /** No call may begin any more. */
  readonly forbidden: () => boolean
  /** When it was told to begin nothing new. */
  stoppedAt: number
  calls: number
  /** Step starts and retries so far. */
  allowed: number
  /** Steps that began and have not ended. */
  readonly open: Set<number>
  /** Step ends that speak of a kept answer. */
  acknowledged: number
  /** Answers of this build that are durable. */
  kept: number
  spentUsd: number
  reservedUsd: number
  /** Before this moment no server of this model may be asked. */
  readonly quietUntil: Map<string, number>
}

const LONG_WAIT_MS = 2_000

export class World {
  readonly time: VirtualTime
  readonly disk = new SimDisk()
  readonly files = new SimFiles()
  readonly keepsakes = new SimKeepsakes(this.files)
  readonly columns = new ColumnsFile()
  /** Who writes outputs just now. */
  desk: SimProcess | undefined
  readonly shop: Shop
  readonly trace: Trace
  readonly random: Random
  /** Answers by what was bought, as the store holds them now. */
  readonly heard = new Map<string, Heard>()
  /** Keys that were bought more than once: their rows may have changed. */
  readonly replaced = new Set<string>()
  readonly accounts = new Map<SimProcess, Account>()
  readonly #sold = new Map<string, Sale>()
  broken: LawBroken | undefined

  constructor(seed: number, manners: ShopManners, trace: Trace) {
    this.random = seeded(seed)
    this.time = new VirtualTime(seeded(seed ^ 0x5bd1e995))
    this.trace = trace
    this.shop = new Shop(this.time, manners)
    this.shop.onAsk = (sale) => this.#judgeAsk(sale)
    this.shop.onEnd = (sale, what, waitMs) => this.#ended(sale, what, waitMs)
    this.disk.onKept = (held) => this.#kept(held)
    this.disk.onSpare = ({ key, raw }) => this.#keptBeside(key, raw)
    this.disk.onLost = (held) => this.#lost(held)
  }

  /** The first law that is broken counts; it is thrown between two events, where nothing can catch it. */
  breaks(law: Law, detail: string): void {
    this.broken ??= new LawBroken(law, detail)
  }

  check(law: Law, holds: boolean, detail: () => string): void {
    if (!holds) this.breaks(law, detail())
  }

  say(who: string, what: string, detail?: string): void {
    this.trace.say(this.time.now(), who, what, detail)
  }

  #judgeAsk(sale: Sale): void {
    const { process, key, name } = sale
    const account = this.accounts.get(process)
    if (!account) throw new Error('a call without an account')
    this.say(process.name, 'asks', `#${sale.n} ${short(key)}`)
    const kept = this.disk.byKey.get(key)
    this.check('thrift', !kept, () => `${name} is kept, and asked again by ${process.name}`)
    for (let n = this.shop.sales.length - 2, flying = this.#flying; flying > 0 && n >= 0; n--) {
      const other = this.shop.sales[n] as Sale
      if (other.state !== 'under way') continue
      flying--
      const fenced = process.fenced || other.process.fenced
      this.check('thrift', other.key !== key || fenced, () => `${name} is asked by ${other.process.name} and ${process.name} at once`)
    }
    this.#flying++
    this.check(
      'intent',
      process.fenced || this.disk.claims.get(key)?.owner === process,
      () => `${process.name} asks ${name} without a claim on it`,
    )
    const { ordinal, attempt, epoch } = sale.draw
    const before = attempt > 0 ? this.heard.get(nameOf(sale.request, ordinal, attempt - 1, epoch)) : undefined
    this.check(
      'thrift',
      attempt < ATTEMPTS && (attempt === 0 || before?.kind === 'rejected'),
      () => `${name} is attempt ${attempt + 1} after ${before?.kind}`,
    )
    this.check('halt', !account.forbidden(), () => `${process.name} asks ${name} after it was told to stop`)
    account.calls++
    this.check(
      'candour',
      account.calls <= account.allowed,
      () => `${process.name} made ${account.calls} calls with ${account.allowed} reasons`,
    )
    const { maxCalls, budgetUsd } = account
    this.check('ledger', account.calls <= (maxCalls ?? account.calls), () => `${account.calls} calls, ${maxCalls} allowed`)
    account.reservedUsd += sale.atMostUsd
    const sum = account.spentUsd + account.reservedUsd
    this.check(
      'ledger',
      budgetUsd === undefined || sum <= budgetUsd + 1e-9,
      () => `$${sum} spent and reserved of a budget of $${budgetUsd}`,
    )
    const quiet = Math.max(account.quietUntil.get(sale.model) ?? 0, account.quietUntil.get(sale.key) ?? 0)
    const inTime = this.time.now() >= quiet - 1e-6 || process.wakesAt(this.time.now())
    this.check('pace', inTime, () => `${name} is asked at ${this.time.now()}, not before ${quiet} was wanted`)
  }

  /** Calls under way. */
  #flying = 0

  #ended(sale: Sale, what: string, waitMs?: number): void {
    this.#flying--
    const account = this.accounts.get(sale.process) as Account
    account.reservedUsd -= sale.atMostUsd
    // What nobody hears of is nobody's to book.
    if (sale.state === 'answered' && sale.process.alive) account.spentUsd += sale.usd
    if (sale.raw !== undefined) this.#sold.set(sale.raw, sale)
    if (waitMs !== undefined && sale.process.alive) {
      // A short wait is the call's own matter: it may have been refused by chance.
      const whose = waitMs >= LONG_WAIT_MS ? [sale.model, sale.key] : [sale.key]
      for (const one of whose) account.quietUntil.set(one, Math.max(account.quietUntil.get(one) ?? 0, this.time.now() + waitMs))
    }
    this.say('shop', what, `#${sale.n}`)
  }

  #kept(held: Held): void {
    const sale = this.#sold.get(Buffer.from(held.raw).toString())
    if (!sale?.heard) return this.breaks('soundness', `kept for ${held.key}: bytes that nobody sold`)
    this.check('soundness', sale.key === held.key, () => `the answer to ${sale.name} is kept for another key`)
    if (this.heard.has(sale.name)) this.replaced.add(held.key)
    this.heard.set(sale.name, sale.heard)
    const account = this.accounts.get(sale.process)
    if (account) account.kept++
    this.say('disk', 'keeps', `#${sale.n} ${short(held.key)}`)
  }

  /** Paid for twice: only a build that was thought dead may have brought it. */
  #keptBeside(key: string, raw: Uint8Array): void {
    const sale = this.#sold.get(Buffer.from(raw).toString())
    if (!sale) return this.breaks('soundness', `kept beside ${key}: bytes that nobody sold`)
    const account = this.accounts.get(sale.process)
    if (account) account.kept++
    this.say('disk', 'keeps beside', `#${sale.n} ${short(key)}`)
  }

  /** Found damaged: what was paid for it is gone. */
  #lost(held: Held): void {
    const sale = this.#sold.get(Buffer.from(held.raw).toString())
    if (sale) this.heard.delete(sale.name)
    this.replaced.add(held.key)
    this.say('disk', 'sets aside', short(held.key))
  }

  isStored(sale: Sale): boolean {
    const is = ({ key, raw }: { key: string; raw: Uint8Array }) => key === sale.key && Buffer.from(raw).toString() === sale.raw
    const { byKey, spares, rescue } = this.disk
    const kept = byKey.get(sale.key)
    return (kept !== undefined && is(kept)) || spares.some(is) || rescue.some(is)
  }
}

export function short(key: string): string {
  return key.slice(0, 8)
}

export function itemName(cell: Record<string, string>, sample: number): string {
  return `${canonicalText(cell)}#${sample}`
}
