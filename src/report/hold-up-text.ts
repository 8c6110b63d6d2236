/** Why nothing seems to happen: what calls wait for, in a line. */
import type { Hold, HoldUp } from '../events/event.ts'
import { age, count, plural } from './format.ts'
import type { State } from './state.ts'

/** What lasts is told again within this time; what was not has passed. */
const FRESH_MS = 10_000
/** A shorter wait is over before it is read. */
const WORTH_TELLING_MS = 1_000

/** What keeps most from going on comes first. */
const GRAVEST_FIRST: readonly Hold['why'][] = ['outage', 'pause', 'first-call', 'budget', 'requests', 'tokens', 'slots']

/** Undefined when nothing waits, or not for long enough to tell. */
export function holdUpText(state: State, now: number): string | undefined {
  const held = [...state.holdUps.values()].filter((one) => lasts(one, now))
  const [gravest] = held.sort((a, b) => GRAVEST_FIRST.indexOf(a.hold.why) - GRAVEST_FIRST.indexOf(b.hold.why))
  const again = retry(state, now)
  return again !== undefined && gravest?.hold.why !== 'outage' ? again : gravest && text(gravest, now)
}

function lasts({ hold, at }: HoldUp, now: number): boolean {
  if (hold.why === 'first-call') return true
  return now - at < (hold.why === 'pause' ? hold.ms : FRESH_MS)
}

/** All calls under way have failed and are asked again later. */
function retry({ running }: State, now: number): string | undefined {
  const calls = [...running.values()]
  const first = Math.min(...calls.map(({ until = now }) => until))
  const [call] = calls
  if (!call || first - now < WORTH_TELLING_MS) return undefined
  const what = calls.length === 1 ? 'the call is tried again' : `all ${count(calls.length)} calls are tried again, first`
  return `${what} in ${age(first - now)}: ${call.note}`
}

/** What tells most comes first: narrow screens cut the rest. */
function text({ use, hold, at }: HoldUp, now: number): string {
  switch (hold.why) {
    case 'outage':
      return `no answer for ${age(hold.ms + now - at)}, asked once a second: ${use}`
    case 'pause':
      return `${age(hold.ms + at - now)}, as the server of ${use} asks`
    case 'first-call':
      return `the first call goes alone, to show what ${use} honours`
    case 'budget':
      return 'for the budget: what calls in flight may cost is held until they are answered'
    case 'requests':
      return `at most ${plural(Math.max(1, Math.round(hold.perMinute)), 'request')} a minute, ${SAID[hold.by]}: ${use}`
    case 'tokens':
      return `at most ${plural(Math.max(1, Math.round(hold.perMinute)), 'token')} a minute, ${SAID[hold.by]}: ${use}`
    case 'slots':
      return `at most ${plural(hold.calls, 'call')} at once, ${SAID.trial}: ${use}`
  }
}

const SAID = { config: 'by the config', server: 'by the server', trial: 'as found by trying' } as const
