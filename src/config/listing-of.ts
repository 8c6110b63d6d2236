/** Listings of folders, for modules: by Node itself, because bundlers and test runners do not know CommonJS in TypeScript. */
import { createRequire } from 'node:module'

const lists = createRequire(import.meta.url)(import.meta.url.endsWith('.ts') ? './listing.cts' : './listing.cjs')
export const { listing, listingDigest } = lists as typeof import('./listing.cts')
