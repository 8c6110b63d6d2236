/** A fault server with a Batch API and a world whose model is asked through it. */
import { onTestFinished } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import type { Event, JobChange } from '../../../src/events/event.ts'
import type { Script } from '../../../src/simulate/script.ts'
import { type FaultServer, startFaultServer } from '../../../src/simulate/server.ts'
import { terse } from '../../../src/simulate/voices.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

export interface JobShop {
  readonly server: FaultServer
  /** Its provider hears what is asked online all the same. */
  readonly world: World
}

export async function shop(script: Script = {}): Promise<JobShop> {
  const server = await startFaultServer({ voice: terse, script: { fresh: false, ...script } })
  const world = new World(new ScriptedProvider())
  onTestFinished(async () => {
    world[Symbol.dispose]()
    await server.close()
  })
  return { server, world }
}

export const values = (n: number, prefix: string) => Array.from({ length: n }, (_, i) => `${prefix}${i}`)

export function config(server: FaultServer, cells = 6, changes: Partial<Config> = {}, model: object = {}): Config {
  return {
    name: 'jobs',
    models: { m: { use: 'openai:m', baseUrl: server.url, transport: 'batch', price: { input: 2, output: 10 }, ...model } },
    dimensions: { topic: values(cells, 't') },
    recipe: {
      steps: { user: { ask: 'm', prompt: 'About {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.user }}' },
        ],
      },
    },
    outputs: { train: {} },
    ...changes,
  } as Config
}

export const PRICE = { input: 2, output: 10 }
export const jobEvents = (built: Built) => built.events.filter((event): event is JobChange => event.type === 'job')
export const codes = (events: readonly Event[]) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic.code] : []))
/** Names that were handed in more than once. */
export const twice = (server: FaultServer) => [...server.state.board.submitted].filter(([, times]) => times > 1)
export const sizes = (server: FaultServer) => server.state.board.jobs.map(({ lines }) => lines.length)
export const halfPrice = (server: FaultServer) => {
  const { input, output } = server.state.ledger.totals.inJobs
  return (input * PRICE.input + output * PRICE.output) / 1_000_000 / 2
}
