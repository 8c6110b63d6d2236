/** The Ink side of the live screen: shows the lines it is given and passes keys on. */
import { Box, type Key, render, Text, useInput, useStdout } from 'ink'
import { useEffect, useSyncExternalStore } from 'react'
import type { Output, ReporterWorld } from '../reporter.ts'
import { catchConsole } from './console.ts'

export interface LiveScreen {
  /** Draws these lines in place of the last ones; equal lines draw nothing. */
  show(lines: readonly string[]): void
  /** Resolves when what was shown has reached the stream. */
  flush(): Promise<void>
  /** Takes the screen off the terminal, synchronously. */
  end(): void
}

interface Store {
  readonly subscribe: (listener: () => void) => () => void
  readonly read: () => readonly string[]
}

export interface ScreenOptions {
  readonly stderr: Output
  readonly stdin: ReporterWorld['stdin']
  /** Whether stdin is read, in raw mode. */
  readonly keys: boolean
  /** The screen takes the whole terminal, which is as before when it ends. */
  readonly alternate?: boolean
  /** A key by its name; `typed`: characters, of which a paste has many. */
  readonly onKey: (key: string, typed: boolean) => void
  /** The screen could not be drawn and is gone. */
  readonly onBroken: (error: unknown) => void
}

const FRAMES_PER_SECOND = 10
const LINE_UP = '\x1b[1A\x1b[J'

export function openScreen(
  { stderr, stdin, keys, alternate = false, onKey, onBroken }: ScreenOptions,
  first: readonly string[],
): LiveScreen {
  let lines = first
  let listener: (() => void) | undefined
  const store: Store = {
    subscribe: (added) => {
      listener = added
      return () => {
        listener = undefined
      }
    },
    read: () => lines,
  }
  const ink = render(<App store={store} keys={keys} onKey={onKey} />, {
    stdout: stderr,
    stderr,
    ...(stdin ? { stdin } : {}),
    interactive: true,
    alternateScreen: alternate,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
    maxFps: FRAMES_PER_SECOND,
  })
  ink.waitUntilExit().catch(onBroken)
  return {
    show(next) {
      if (next.length === lines.length && next.every((line, i) => line === lines[i])) return
      lines = next
      listener?.()
    },
    flush: () => ink.waitUntilRenderFlush(),
    end() {
      ink.rerender(null)
      ink.unmount()
      // Ink's empty frame is an empty line, and it is drawn by now in any case.
      if (!alternate) stderr.write(LINE_UP)
    },
  }
}

/** Undefined for what is text. */
function nameOf(input: string, key: Key): string | undefined {
  if (key.ctrl) return `ctrl-${input}`
  if (key.escape) return 'escape'
  if (key.return) return 'enter'
  // Most terminals send what is called delete when backspace is pressed.
  if (key.backspace || key.delete) return 'backspace'
  if (key.upArrow) return 'up'
  if (key.downArrow) return 'down'
  if (key.leftArrow) return 'left'
  if (key.rightArrow) return 'right'
  if (key.pageUp) return 'pageup'
  if (key.pageDown) return 'pagedown'
  if (key.home) return 'home'
  if (key.end) return 'end'
  return key.meta || key.tab ? '' : undefined
}

interface AppProps {
  readonly store: Store
  readonly keys: boolean
  readonly onKey: ScreenOptions['onKey']
}

function App({ store, keys, onKey }: AppProps) {
  const lines = useSyncExternalStore(store.subscribe, store.read)
  const { write } = useStdout()
  useEffect(() => catchConsole(write), [write])
  useInput(
    (input, key) => {
      const name = nameOf(input, key)
      if (name !== undefined) onKey(name, false)
      else if (input !== '') onKey(input, true)
    },
    { isActive: keys },
  )
  // Lines come clipped; truncating again only matters for the moment between a resize and the next frame.
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its position
        <Text key={row} wrap="truncate-end">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
