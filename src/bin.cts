#!/usr/bin/env node
/** The command's entry (interim). */
const run = async (): Promise<void> => {
  const { main } = await import('./cli.js')
  process.exitCode = await main(process.argv.slice(2))
}
void run()
