/** `datagen simulate-server`: a model server on this machine that misbehaves as told, to rehearse a build over real HTTP. */
import { chooseColor } from '../report/choose.ts'
import type { Paper } from '../report/line.ts'
import { type FaultServer, startFaultServer } from '../simulate/server.ts'
import { plausible } from '../simulate/voices.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import type { Environment } from './environment.ts'
import { readOptions, type ServerFlags } from './simulate-server/options.ts'
import { faultsText, summaryText, welcomeText } from './simulate-server/text.ts'
import { Ticker } from './simulate-server/ticker.ts'

export async function simulateServerCommand(environment: Environment, flags: ServerFlags): Promise<ExitCode> {
  const { stdout, stderr, env, clock } = environment
  const paperOf = (stream: NodeJS.WriteStream): Paper => ({
    color: chooseColor(flags.color, env, stream.isTTY === true),
    columns: stream.columns,
  })
  if (flags.listFaults) {
    stdout.write(faultsText(flags.json === true, paperOf(stdout)))
    return EXIT.ok
  }
  const options = readOptions(flags, environment.cwd)
  const server = await listen({ ...options, voice: await plausible(), clock })
  const { port, url } = server
  if (flags.json) stdout.write(`${JSON.stringify({ type: 'listening', url, port })}\n`)
  else {
    stdout.write(`${url}\n`)
    stderr.write(welcomeText(url, options, paperOf(stderr)))
  }
  const startedAt = clock.now()
  const interrupted = await ended(environment, server, flags)
  await server.close()
  const { totals } = server.state.ledger
  const ms = Math.round(clock.now() - startedAt)
  if (flags.json) stdout.write(`${JSON.stringify({ type: 'summary', ms, ...totals })}\n`)
  else stderr.write(summaryText(totals, ms, paperOf(stderr)))
  return interrupted ? EXIT.interrupted : EXIT.ok
}

/** Whether somebody ended it before its time. */
async function ended(environment: Environment, server: FaultServer, { json, maxMinutes }: ServerFlags): Promise<boolean> {
  using _ticker = new Ticker(environment, json === true, () => server.state.ledger.totals)
  const over = new AbortController()
  let interrupted = false
  const release = environment.onInterrupt(() => {
    interrupted = true
    over.abort()
  })
  const stopped = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve(), { once: true }))
  await Promise.race([stopped, ...(maxMinutes === undefined ? [] : [environment.clock.sleep(maxMinutes * 60_000, over.signal)])])
  release()
  return interrupted
}

async function listen(options: Parameters<typeof startFaultServer>[0]): Promise<FaultServer> {
  try {
    return await startFaultServer(options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const taken = code === 'EADDRINUSE'
    throw new DatagenError(
      {
        code: taken ? 'server/port-taken' : 'server/port-forbidden',
        severity: 'error',
        headline: taken ? `another program listens on 127.0.0.1:${options.port}` : `this user may not listen on port ${options.port}`,
        hint: 'name another port, such as `--port 4242`, or `--port 0` for any that is free',
      },
      EXIT.provider,
    )
  }
}
