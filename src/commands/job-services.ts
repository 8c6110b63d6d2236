/** The Batch APIs that a command speaks with, each opened once and closed with it. */
import { resolveCredentials } from '../config/secrets.ts'
import type { JobService } from '../generate/batch/job-service.ts'
import { createJobService } from '../generate/providers/create.ts'
import type { JobPlace } from '../store/jobs.ts'
import type { Environment } from './environment.ts'
import { proxyOf } from './shop.ts'

export class JobServices implements AsyncDisposable {
  readonly #environment: Environment
  readonly #root: string
  readonly #open = new Map<string, Promise<JobService>>()

  /** `root`: where a `.env` may hold keys. */
  constructor(environment: Environment, root: string) {
    this.#environment = environment
    this.#root = root
  }

  /** Throws a `DatagenError` when the place needs a key that is not set. */
  readonly at = (place: JobPlace): Promise<JobService> => {
    const name = JSON.stringify([place.provider, place.baseUrl, place.apiKeyEnv, place.headers, place.api])
    let service = this.#open.get(name)
    service ??= createJobService(place, {
      credentials: resolveCredentials(place, this.#environment.env, this.#root),
      proxy: proxyOf(this.#environment.env),
    })
    this.#open.set(name, service)
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = await Promise.allSettled(this.#open.values())
    await Promise.allSettled(open.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
  }
}
