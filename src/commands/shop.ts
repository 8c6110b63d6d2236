/** The providers of one build: opened when the first call is agreed to, closed with the build. */
import type { AskSpec, Loaded, ModelSpec } from '../config/dataset.ts'
import { resolveKey } from '../config/secrets.ts'
import type { KnownPrice } from '../generate/price.ts'
import type { Provider } from '../generate/provider.ts'
import { createProvider } from '../generate/providers/create.ts'
import type { ProxySettings } from '../generate/providers/transport.ts'
import { createPace } from '../generate/retry.ts'
import type { Seller } from '../schedule/purchase.ts'
import type { Environment } from './environment.ts'
import { demandNoLoss } from './real-rows.ts'
import { askedModels } from './session.ts'

export interface ShopOptions {
  readonly prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>
  readonly concurrency: number
  /** Asked once. */
  readonly mayBuy: () => Promise<boolean>
}

export class Shop implements AsyncDisposable {
  readonly #environment: Environment
  readonly #loaded: Loaded
  readonly #options: ShopOptions
  readonly #providers: Provider[] = []
  readonly #sellers = new Map<ModelSpec, Seller>()
  #opened: Promise<boolean> | undefined

  constructor(environment: Environment, loaded: Loaded, options: ShopOptions) {
    this.#environment = environment
    this.#loaded = loaded
    this.#options = options
  }

  /** False when nothing may be bought. Throws when a key is missing. */
  open(): Promise<boolean> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  async #open(): Promise<boolean> {
    const { prices, concurrency, mayBuy } = this.#options
    const { env, clock } = this.#environment
    if (!(await mayBuy())) return false
    demandNoLoss(this.#loaded)
    for (const model of askedModels(this.#loaded)) {
      const apiKey = resolveKey(model, env, this.#loaded.root)
      const provider = await createProvider(model, { apiKey, clock, connections: concurrency, proxy: proxyOf(env) })
      this.#providers.push(provider)
      const price = prices.get(model)
      this.#sellers.set(model, { provider, pace: createPace(), ...(price ? { price } : {}) })
    }
    return true
  }

  seller(step: AskSpec): Seller {
    return this.#sellers.get(step.model) as Seller
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#providers.map((provider) => provider.close()))
  }
}

/** The usual variables, in either case. */
function proxyOf(env: Environment['env']): ProxySettings {
  const of = (name: string) => env[name] ?? env[name.toLowerCase()]
  const [http, https, none] = [of('HTTP_PROXY'), of('HTTPS_PROXY'), of('NO_PROXY')]
  return { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(none ? { none } : {}) }
}
