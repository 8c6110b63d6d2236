/** What the `cache` commands can be told. */
export interface CacheFlags {
  readonly config?: string
  readonly json?: boolean
}
