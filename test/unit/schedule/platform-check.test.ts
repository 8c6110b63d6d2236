/** An output that names its platform is held to its rules while it is written; what was found is told again when nothing is written. */
import { describe, expect, it } from 'vitest'
import type { Config, Output } from '../../../schema/config.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

const config = (output: Output, topics: string[], user = '{{ cell.t }}?'): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: topics },
  recipe: {
    steps: { answer: { ask: 'm', prompt: 'about {{ cell.t }}' } },
    example: {
      messages: [
        { role: 'user', content: user },
        ...(user.startsWith('twice') ? [{ role: 'user' as const, content: 'please' }] : []),
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl', ...output } },
})
const topics = Array.from({ length: 12 }, (_, i) => `t${i}`)
const notices = ({ events }: Built) =>
  events.flatMap((event) =>
    event.type === 'notice' ? [[event.diagnostic.code, event.diagnostic.severity, event.diagnostic.headline]] : [],
  )

describe('an output for a platform', () => {
  it('whose rows it takes: nothing is said but what it advises, and the build is done', async () => {
    using at = new World(new ScriptedProvider())
    const built = await at.build(config({ for: 'mistral', format: 'mistral' }, topics))
    expect([built.result?.exitCode, notices(built)]).toEqual([0, []])
    const few = await at.build(config({ for: 'together' }, topics))
    expect([few.result?.exitCode, few.calls, notices(few)]).toEqual([
      0,
      [],
      [['output/W_FEW', 'warning', 'Together takes, with a remark, "data/train.jsonl" (W_FEW)']],
    ])
  })

  it('whose rows it would refuse: each code with row, cell and path, exit code 1, also when nothing is written anew', async () => {
    using at = new World(new ScriptedProvider())
    const twice = (format: Output['format']) => config({ for: 'together', ...(format ? { format } : {}) }, topics, 'twice {{ cell.t }}')
    const built = await at.build(twice(undefined))
    const [refused] = built.events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic] : []))
    expect(refused).toEqual({
      code: 'output/E_ALT',
      severity: 'error',
      headline: 'Together would refuse "data/train.jsonl" (E_ALT, 12 rows)',
      facts: [
        ['row 1, t0', 'messages[1].role: two messages of the user in a row'],
        ['row 2, t1', 'messages[1].role: two messages of the user in a row'],
        ['row 3, t2', 'messages[1].role: two messages of the user in a row'],
      ],
      hint: 'join them, or take one out',
    })
    expect([built.result?.exitCode, at.rows()?.length]).toEqual([1, 12])
    const stamps = at.stamps()
    const again = await at.build(twice(undefined))
    expect([again.result?.exitCode, notices(again), again.calls, at.stamps()]).toEqual([1, notices(built), [], stamps])
    expect((await at.build(config({}, topics, 'twice {{ cell.t }}'))).result?.exitCode).toBe(0)
  })

  it('looks at the file as a whole, and lets a holdout be short', async () => {
    using at = new World(new ScriptedProvider())
    const built = await at.build(config({ for: 'openai', holdout: { valid: 0.4 } }, topics.slice(0, 9)))
    expect(notices(built)).toEqual([['output/E_MIN', 'error', 'OpenAI, supervised would refuse "data/train.jsonl" (E_MIN)']])
    expect(built.result?.exitCode).toBe(1)
    const whole = await at.build(config({ for: 'openai', holdout: { valid: 0.1 } }, topics))
    expect([whole.result?.exitCode, notices(whole).map(([code]) => code)]).toEqual([0, ['output/W_FEW']])
  })
})
