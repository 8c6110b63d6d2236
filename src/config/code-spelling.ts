/** The tokens of code, for modules: by Node itself, because bundlers and test runners do not know CommonJS in TypeScript. */
import { createRequire } from 'node:module'

const tokens = createRequire(import.meta.url)(import.meta.url.endsWith('.ts') ? './code-tokens.cts' : './code-tokens.cjs')
export const { codeTokens, spell, tokensOf } = tokens as typeof import('./code-tokens.cts')
