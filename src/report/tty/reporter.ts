/** The live screen's life: drawn when the first step really runs, gone when the run ends, replaced by the summary. */
import { diagnosticText } from '../diagnostic.ts'
import { flushed } from '../flush.ts'
import { reduce } from '../reduce.ts'
import type { Reporter, ReporterWorld } from '../reporter.ts'
import { initialState } from '../state.ts'
import { summaryLines } from '../summary.ts'
import type { LiveScreen } from './app.tsx'
import { type Frame, frame } from './frame.ts'
import { loadApp } from './load.ts'
import { clearReflowed } from './reflow.ts'
import { FIRST_VIEW, press, type View } from './view.ts'

const PUBLISH_MS = 100 // ten frames a second: faster than anyone reads, slow enough to cost nothing
const QUIET_FRAMES = 5 // without events only ages change, by the second: every fifth frame is enough

export interface TtyReporter extends Reporter {
  /** Draws the state as it is now and resolves when it has reached the terminal; for tests. */
  drawn(): Promise<void>
}

export function createTtyReporter(color: boolean, world: ReporterWorld): TtyReporter {
  const { stderr, stdin, clock, root, keys } = world
  const hasKeys = keys !== undefined && stdin?.isTTY === true
  let state = initialState()
  let view: View = FIRST_VIEW
  let last: Frame = { lines: [], shown: [] }
  let screen: LiveScreen | undefined
  /** Lives as long as the screen of one run is wanted. */
  let wanted: AbortController | undefined
  let opening: Promise<void> = Promise.resolve()
  let broken = false
  /** Whether anything happened since the last frame. */
  let news = false

  const size = () => ({ columns: stderr.columns ?? 80, rows: stderr.rows ?? 24 })
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`)
  }
  const draw = () => {
    news = false
    last = frame(state, view, last.shown, { ...size(), color, now: clock.now(), keys: hasKeys })
    screen?.show(last.lines)
  }
  const onResize = () => {
    stderr.write(clearReflowed(last.lines, size().columns))
    draw()
  }
  const onKey = (key: string) => {
    const pressed = press(view, key)
    view = pressed.view
    draw()
    if (pressed.wish === 'stop') keys?.stop()
    else if (pressed.wish === 'interrupt') (keys?.interrupt ?? keys?.stop)?.()
    else if (pressed.wish) keys?.pause(pressed.wish === 'pause')
  }
  const hide = () => {
    wanted?.abort()
    wanted = undefined
    stderr.off('resize', onResize)
    const ending = screen
    screen = undefined
    ending?.end()
  }
  const onBroken = (error: unknown) => {
    if (!wanted) return
    screen = undefined
    hide()
    broken = true
    print([`datagen bug: the live screen failed (${error instanceof Error ? error.message : String(error)}); the build goes on without it`])
  }

  const open = async (signal: AbortSignal) => {
    const { openScreen } = await loadApp(world.env)
    if (signal.aborted) return
    last = frame(state, view, [], { ...size(), color, now: clock.now(), keys: hasKeys })
    stderr.on('resize', onResize) // before Ink's own listener
    screen = openScreen({ stderr, stdin, keys: hasKeys, onKey, onBroken }, last.lines)
    void publish(signal)
  }
  const publish = async (signal: AbortSignal) => {
    for (let tick = 0; !signal.aborted; tick++) {
      await clock.sleep(PUBLISH_MS, signal)
      if (!signal.aborted && (news || tick % QUIET_FRAMES === 0)) draw()
    }
  }

  return {
    emit(event) {
      state = reduce(state, event)
      news = true
      if (event.type === 'run-start') view = FIRST_VIEW
      // Whoever waits for a batch job has minutes in which nothing else happens.
      const busy = event.type === 'step-start' || (event.type === 'job' && event.state !== 'ended')
      if (busy && !wanted && !broken) {
        wanted = new AbortController()
        opening = open(wanted.signal).catch(onBroken)
      }
      if (event.type === 'run-end') {
        hide()
        print(summaryLines(state, { columns: size().columns, color, cwd: root }))
      } else if (event.type === 'notice' && state.end) {
        print(diagnosticText(event.diagnostic, { columns: size().columns, color, cwd: root }).split('\n'))
      }
    },
    async close() {
      hide()
      await opening
      await flushed(stderr)
    },
    restore: hide,
    async drawn() {
      await opening
      draw()
      await screen?.flush()
    },
  }
}
