/** An Ollama for one command: elsewhere than at its own port, which may be taken and which other tests look at. */
import { fileURLToPath } from 'node:url'

const HOOK = fileURLToPath(new URL('./ollama-hook.ts', import.meta.url))
const CLOSED_PORT = 9 // discard: nothing listens there

/** Environment for a command that finds its Ollama at this port; without one, nowhere. */
export function ollamaAt(port = CLOSED_PORT): Record<string, string> {
  return { NODE_OPTIONS: `--import ${HOOK}`, NODE_NO_WARNINGS: '1', DATAGEN_TEST_OLLAMA: String(port) }
}
