/** TypeScript to JavaScript by Node itself, without its word that this is experimental. */
import { stripTypeScriptTypes } from 'node:module'

/** `strip` puts blanks in place of types and refuses what is more, such as an enum. Throws for what does not parse. */
export function stripTypes(source: string, mode: 'strip' | 'transform'): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source, { mode })
  } finally {
    process.emitWarning = emitWarning
  }
}
