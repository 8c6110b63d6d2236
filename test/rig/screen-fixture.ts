/**
 * A program that shows a recorded run on whatever it is started on. It says which frame is complete, and
 * asks for keys, in escape sequences that terminals ignore: `OSC 777 ; frame ; name`, `OSC 777 ; press ; keys`.
 */
import { chooseReporter } from '../../src/report/choose.ts'
import { createReporter, type Reporter } from '../../src/report/reporter.ts'
import { createTtyReporter } from '../../src/report/tty/reporter.ts'
import { FrozenClock } from './frozen-clock.ts'
import { ENDING, MIDDLE, MIDDLE_MS, OPENING, STARTING, STOPPING } from './screen-run.ts'

const { stderr, stdout, stdin, env } = process
const clock = new FrozenClock()
const heard: string[] = []
const keys = {
  stop: () => heard.push('stop'),
  pause: (on: boolean) => heard.push(on ? 'pause' : 'resume'),
  interrupt: () => heard.push('interrupt'),
}
const choice = chooseReporter({
  flags: {},
  env,
  stdoutIsTTY: stdout.isTTY === true,
  stderrIsTTY: stderr.isTTY === true,
  columns: stderr.columns,
  rows: stderr.rows,
})
const world = { stderr, stdout, stdin, clock, root: '/project', env, keys }
const live = choice.reporter === 'tty' ? createTtyReporter(choice.color, world) : undefined
const reporter: Reporter = live ?? createReporter(choice, world)

let written = ''
const write = stderr.write.bind(stderr) as (chunk: string, done?: () => void) => boolean
stderr.write = ((chunk: string, done?: () => void) => {
  written += chunk
  return write(chunk, done)
}) as typeof stderr.write

const mark = (kind: 'frame' | 'press', what: string) => {
  if (stderr.isTTY) write(`\x1b]777;${kind};${what}\x07`)
}

async function shows(name: string): Promise<void> {
  await live?.drawn()
  mark('frame', name)
}

/** Asks for keys and waits until they have had their effect. */
async function press(key: string, effect: () => boolean): Promise<void> {
  if (!live) return
  written = ''
  mark('press', key)
  while (!effect()) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    await live.drawn()
  }
}

for (const event of [...OPENING, ...STARTING]) reporter.emit(event)
await shows('start')
// The plain reporter tells its progress by the clock: let it pass through the run.
for (const event of MIDDLE) {
  if ('at' in event && event.at > clock.now()) await clock.advanceTo(event.at)
  reporter.emit(event)
}
await clock.advanceTo(MIDDLE_MS)
await shows('middle')
await press('?', () => written.includes('this help'))
await shows('help')
await press('e', () => written.includes('the answer is not JSON'))
await shows('errors')
await press('e', () => written.includes('more'))
await press('\x03', () => heard.includes('interrupt'))
for (const event of STOPPING) reporter.emit(event)
await shows('stopping')
await clock.advanceTo(112_000)
for (const event of ENDING) reporter.emit(event)
await reporter.close()
mark('frame', 'end')
if (live && heard.join() !== 'interrupt') throw new Error(`heard ${heard.join()}`)
stdin.pause()
