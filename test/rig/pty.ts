/** Runs a program on a real pseudo-terminal, through util-linux `script`, and says what its screen showed. */
import { spawn } from 'node:child_process'
import { FakeTerminal } from './terminal.ts'

export interface PtyRun {
  /** The screen with its scrollback at each `OSC 777 ; frame ; name`. */
  readonly frames: ReadonlyMap<string, string>
  readonly code: number | null
  /** Everything the program wrote. */
  readonly bytes: string
  /** True when the program left the terminal's settings as it found them. */
  readonly restored: boolean
}

const MARK = /\x1b\]777;(frame|press);([^\x07]*)\x07/g
const LONGEST_MS = 30_000

/** Presses the keys that the program asks for with `OSC 777 ; press ; keys`. */
export async function runInPty(argv: readonly string[], columns: number, rows: number, env: NodeJS.ProcessEnv): Promise<PtyRun> {
  const command = argv.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ')
  // `stty -g` before and after: a program that dies in raw mode would show here.
  const script = `stty cols ${columns} rows ${rows}; before=$(stty -g); ${command}; code=$?; [ "$before" = "$(stty -g)" ] && printf '\\033]777;frame;restored\\007'; exit $code`
  const child = spawn('script', ['-qfec', script, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'], timeout: LONGEST_MS })
  let bytes = ''
  let pressed = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    bytes += chunk
    const asked = [...bytes.matchAll(MARK)].filter(([, kind]) => kind === 'press')
    for (const [, , keys = ''] of asked.slice(pressed)) child.stdin.write(keys)
    pressed = asked.length
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const terminal = new FakeTerminal(columns, rows)
  const frames = new Map<string, string>()
  let at = 0
  for (const mark of bytes.matchAll(MARK)) {
    terminal.feed(bytes.slice(at, mark.index))
    at = mark.index + mark[0].length
    if (mark[1] === 'frame') frames.set(mark[2] as string, await terminal.screen())
  }
  return { frames, code, bytes, restored: frames.delete('restored') }
}
