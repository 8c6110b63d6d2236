/** Asks models what they honour: a few small questions, said with their price before, kept like every answer that was paid for. */
import { randomUUID } from 'node:crypto'
import type { Loaded, ModelSpec } from '../../config/dataset.ts'
import { resolveCredentials } from '../../config/secrets.ts'
import type { Finding } from '../../generate/capability/finding.ts'
import { findingsOf, PROBE_VERSION, type Probe, probesOf } from '../../generate/capability/probe.ts'
import type { Use } from '../../generate/capability/use.ts'
import { costOf, type KnownPrice } from '../../generate/price.ts'
import type { Failure, Provider } from '../../generate/provider.ts'
import { createProvider } from '../../generate/providers/create.ts'
import { Pace } from '../../generate/rate/pace.ts'
import { askWithRetry } from '../../generate/retry.ts'
import { estimateTokens } from '../../generate/tokens.ts'
import { cellDigest, type Identified, identify, keyOf } from '../../key/key.ts'
import { money, plural } from '../../report/format.ts'
import { refusedField } from '../../schedule/canary.ts'
import { usesIn } from '../../schedule/capabilities.ts'
import { shareFolder } from '../../store/lock.ts'
import { openStore } from '../../store/sqlite.ts'
import type { Store } from '../../store/store.ts'
import type { CellId } from '../../util/brand.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { noteCapabilities } from '../capabilities.ts'
import type { Environment } from '../environment.ts'
import { lockedBy } from '../run-notices.ts'
import { datagenDir } from '../session.ts'
import { proxyOf } from '../shop.ts'

// What a sentence takes; a model that thinks before may take more, and the screen says "about".
const TYPICAL_OUTPUT_TOKENS = 120
const MAX_TRIES = 2
const LOCK_WAIT_MS = 2_000

/** A question to ask, with what it is known to cost. */
interface Planned {
  readonly use: Use
  readonly probe: Probe
  readonly identified: Identified
}

/** What came of the probes of one use. */
export interface Probed {
  readonly model: string
  readonly failure?: Failure
}

export class Probing {
  readonly #environment: Environment
  readonly #loaded: Loaded
  readonly #prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>

  constructor(environment: Environment, loaded: Loaded, prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>) {
    this.#environment = environment
    this.#loaded = loaded
    this.#prices = prices
  }

  /** The calls that are not kept yet, in words: how many, of whom, for about how much. Undefined when there is nothing to ask. */
  offer(store: Store): string | undefined {
    const open = this.#planned().filter(({ identified, probe }) => !store.get(keyFor(identified, probe), identified.digest))
    if (open.length === 0) return undefined
    const usd = open.map((one) => this.#usd(one))
    const known = usd.filter((one) => one !== undefined)
    const price = known.length < usd.length ? 'for an unknown price' : `for about ${money(known.reduce((sum, one) => sum + one, 0))}`
    return `${plural(open.length, 'small call')} ${price}`
  }

  /** Asks what is not kept, keeps it, and notes what all of it shows. */
  async ask(): Promise<Probed[]> {
    const dir = datagenDir(this.#loaded.root)
    const { clock } = this.#environment
    const share = await shareFolder(dir, clock, LOCK_WAIT_MS)
    if ('heldBy' in share) throw lockedBy(dir, share.heldBy)
    try {
      const store = openStore(dir, { clock })
      try {
        const probed: Probed[] = []
        for (const use of usesIn(this.#loaded.dataset)) probed.push(await this.#use(use, store))
        return probed
      } finally {
        await store.close()
      }
    } finally {
      share.release()
    }
  }

  #planned(): Planned[] {
    return usesIn(this.#loaded.dataset).flatMap((use) => probesOf(use).map((probe) => ({ use, probe, identified: identified(use, probe) })))
  }

  #usd({ use, identified: { text } }: Planned): number | undefined {
    const price = this.#prices.get(use.step.model)
    return price && costOf({ input: estimateTokens(text), output: TYPICAL_OUTPUT_TOKENS, cachedInput: 0 }, price)
  }

  async #use(use: Use, store: Store): Promise<Probed> {
    const { model } = use.step
    const note = noteCapabilities(this.#loaded, this.#environment.clock, 'probe')
    const answers = new Map<Probe['what'], Uint8Array>()
    let provider: Provider | undefined
    try {
      for (const probe of probesOf(use)) {
        const about = identified(use, probe)
        const kept = store.get(keyFor(about, probe), about.digest)?.raw
        if (kept) {
          answers.set(probe.what, kept)
          continue
        }
        provider ??= await this.#provider(model)
        const asked = await this.#one(provider, use, probe, about, store)
        if (asked.kind === 'response') {
          answers.set(probe.what, asked.raw)
          continue
        }
        const field = refusedField(use, asked.failure)
        if (field !== undefined) note(use, [{ field, verdict: 'refused', because: asked.failure.message }])
        return { model: model.name, failure: asked.failure }
      }
      const findings: readonly Finding[] = findingsOf(use, answers)
      note(use, findings)
      return { model: model.name }
    } catch (error) {
      // A missing key, which the checks have told already.
      if (!(error instanceof DatagenError) || provider) throw error
      return { model: model.name, failure: { kind: 'fatal', code: 'key', message: error.message } }
    } finally {
      await provider?.close()
    }
  }

  #provider(model: ModelSpec): Promise<Provider> {
    const { env, clock } = this.#environment
    const { root } = this.#loaded
    return createProvider(model, { credentials: resolveCredentials(model, env, root), clock, connections: 1, proxy: proxyOf(env), root })
  }

  async #one(provider: Provider, use: Use, probe: Probe, { digest, text }: Identified, store: Store) {
    const { clock, random } = this.#environment
    const { model } = use.step
    const price = this.#prices.get(model)
    const draw = drawOf(probe)
    const key = keyFor({ digest }, probe)
    const run = `doctor-${clock.date().toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`
    await store.claim({ key, request: digest, requestText: text, run, reservedUsd: null })
    const asked = await askWithRetry(
      provider,
      { body: probe.body, draw },
      { clock, random, signal: new AbortController().signal, pace: new Pace(clock), maxTries: MAX_TRIES },
    )
    if (asked.kind === 'failure') {
      await store.settle(key)
      return asked
    }
    const { usage } = asked.envelope
    const counted = usage ?? { input: estimateTokens(text), output: TYPICAL_OUTPUT_TOKENS, cachedInput: 0 }
    await store.put({
      ...draw,
      key,
      request: digest,
      requestText: text,
      step: 'probe',
      cell: cellDigest(`probe ${use.id}` as CellId),
      sample: 0,
      model: asked.envelope.model || model.model,
      raw: asked.raw,
      inputTokens: counted.input,
      outputTokens: counted.output,
      usd: price ? costOf(counted, price) : null,
      estimated: usage === undefined,
      ms: Math.round(asked.ms),
      run,
    })
    return asked
  }
}

function identified({ step: { model } }: Use, { body }: Probe): Identified {
  return identify({ kind: 'ask', provider: model.identity, body, version: PROBE_VERSION })
}

function drawOf({ ordinal }: Probe) {
  return { ordinal, attempt: 0, epoch: 0 }
}

function keyFor({ digest }: Pick<Identified, 'digest'>, probe: Probe) {
  return keyOf(digest, drawOf(probe))
}
