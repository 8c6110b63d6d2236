/** Rows that a real model wrote are not replaced by simulated ones because a key or a server is missing today. */
import { closeSync, openSync, readSync } from 'node:fs'
import { relative } from 'node:path'
import type { Loaded } from '../config/dataset.ts'
import { sidecarPath } from '../schedule/outputs.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'

const FIRST_BYTES = 64 * 1024 // a sidecar's first line is a few hundred

/** Throws when datagen itself chose the simulated provider, and an output on disk begins with a real row. */
export function demandNoLoss({ chosenModel, dataset, root }: Loaded): void {
  if (chosenModel?.use !== 'simulated') return
  const real = dataset.outputs.find((output) => isReal(sidecarPath(output.path)))
  if (!real) return
  throw new DatagenError(
    {
      code: 'provider/would-replace',
      severity: 'error',
      headline: `simulated answers would replace real rows in ${relative(root, real.path)}`,
      facts: [['why', chosenModel.why]],
      hint: "set the key or start the server again; to rehearse on purpose, write models: { default: 'simulated' }",
    },
    EXIT.provider,
  )
}

function isReal(sidecar: string): boolean {
  try {
    const file = openSync(sidecar, 'r')
    try {
      const bytes = Buffer.alloc(FIRST_BYTES)
      const text = bytes.toString('utf8', 0, readSync(file, bytes))
      return text.includes('\n') && !(JSON.parse(text.slice(0, text.indexOf('\n'))) as { simulated?: boolean }).simulated
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
