/** The providers of one build: opened when the first call is agreed to, closed with the build. */
import type { AskSpec, Loaded, ModelSpec } from '../config/dataset.ts'
import { PROVIDERS } from '../config/providers.ts'
import { type Credentials, resolveCredentials } from '../config/secrets.ts'
import { Hedges } from '../generate/hedge/hedges.ts'
import type { KnownPrice } from '../generate/price.ts'
import type { Provider } from '../generate/provider.ts'
import { createProvider } from '../generate/providers/create.ts'
import type { ProxySettings } from '../generate/providers/transport.ts'
import { Pace } from '../generate/rate/pace.ts'
import { Slots } from '../generate/rate/slots.ts'
import type { Seller } from '../schedule/purchase-context.ts'
import type { Environment } from './environment.ts'
import { demandNoLoss } from './real-rows.ts'
import { askedModels } from './session.ts'

export interface ShopOptions {
  readonly prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>
  readonly concurrency: number
  /** Asked once. */
  readonly mayBuy: () => Promise<boolean>
  /** Told before the file of a local model is downloaded. */
  readonly onDownload?: (file: string, bytes: number) => void
}

export class Shop implements AsyncDisposable {
  readonly #environment: Environment
  readonly #loaded: Loaded
  readonly #options: ShopOptions
  readonly #providers: Provider[] = []
  readonly #sellers = new Map<ModelSpec, Seller>()
  readonly #paces = new Map<string, Pace>()
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
    const { prices, concurrency, mayBuy, onDownload } = this.#options
    const { root } = this.#loaded
    const { env, clock } = this.#environment
    if (!(await mayBuy())) return false
    demandNoLoss(this.#loaded)
    const secrets: string[] = []
    for (const model of askedModels(this.#loaded)) {
      const credentials = resolveCredentials(model, env, root)
      secrets.push(...credentials.secrets)
      const { hedge } = model
      const connections = concurrency + (hedge ? Hedges.beside(hedge, concurrency) : 0)
      const provider = await createProvider(model, { credentials, clock, connections, proxy: proxyOf(env), root, onDownload })
      this.#providers.push(provider)
      const price = prices.get(model)
      this.#sellers.set(model, {
        provider,
        pace: this.#pace(model, credentials),
        secrets,
        ...(price ? { price } : {}),
        ...(hedge ? { hedges: new Hedges(clock, hedge) } : {}),
      })
    }
    return true
  }

  /** One for each model, key and server, however many names the config has for it: they share one limit. */
  #pace({ provider, baseUrl, model, requestsPerMinute, tokensPerMinute }: ModelSpec, { secrets }: Credentials): Pace {
    const id = JSON.stringify([provider, baseUrl, model, secrets])
    const known = this.#paces.get(id)
    if (known) return known.within({ requestsPerMinute, tokensPerMinute })
    const pace = new Pace(this.#environment.clock, {
      requestsPerMinute,
      tokensPerMinute,
      countsMost: provider === 'azure',
      ...(PROVIDERS[provider]?.local ? { slots: new Slots(this.#options.concurrency) } : {}),
    })
    this.#paces.set(id, pace)
    return pace
  }

  seller(step: AskSpec): Seller {
    return this.#sellers.get(step.model) as Seller
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#providers.map((provider) => provider.close()))
  }
}

/** The usual variables, in either case. */
export function proxyOf(env: Environment['env']): ProxySettings {
  const of = (name: string) => env[name] ?? env[name.toLowerCase()]
  const [http, https, none] = [of('HTTP_PROXY'), of('HTTPS_PROXY'), of('NO_PROXY')]
  return { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(none ? { none } : {}) }
}
