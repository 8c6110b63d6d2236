/** What a look of `watch` without a screen says of batch jobs, and what it leaves to the plan. */
import { expect, it } from 'vitest'
import type { Environment } from '../../../src/commands/environment.ts'
import { lookTeller } from '../../../src/commands/watch-look.ts'
import type { Event } from '../../../src/events/event.ts'

const notice = (code: string): Event => ({ type: 'notice', diagnostic: { code, severity: 'warning', headline: `about ${code}` } })
const job = (state: 'waiting' | 'ended'): Event => ({
  type: 'job',
  job: 1,
  state,
  use: 'openai:m',
  remote: 'batch_1',
  requests: 8,
  since: '2026-01-01T00:00:00.000Z',
  status: state,
  completed: 3,
  ...(state === 'ended' ? { end: { answered: 6, failed: 1, missing: 1, usd: 0.5 } } : {}),
})

it('tells jobs that ended, what was wrong with them, why nothing goes on, and which model answered; not what the plan says again', () => {
  let shown = ''
  const stderr = { columns: 100, write: (text: string) => (shown += text) }
  const teller = lookTeller({ stderr } as unknown as Environment, false)
  const events: Event[] = [
    job('waiting'),
    job('ended'),
    notice('job/doubted'),
    { type: 'stopping', why: 'fatal', message: 'wrong key' },
    { type: 'stopping', why: 'replan', message: 'the config changed' },
    { type: 'planned', items: 0, batches: [], outputs: [], models: [], concurrency: 1 },
    notice('plan/equal-requests'),
    notice('model/moved'),
  ]
  for (const event of events) teller.emit(event)
  expect(shown.split('\n').filter((line) => line.trim() !== '')).toEqual([
    ' batch job 1: ended, 6 of 8 answered, 1 failed, 1 not answered, $0.50',
    'warning: about job/doubted',
    ' wrong key',
    'warning: about model/moved',
  ])
})
