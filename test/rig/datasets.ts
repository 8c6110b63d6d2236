/** Real datasets kept beside the checkout; tests that need them say so when they are not there. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../../shared/datasets/', import.meta.url))
/** A checkout may itself lie one folder deeper. */
const DEEPER = fileURLToPath(new URL('../../../../shared/datasets/', import.meta.url))

/** The folder, or undefined when the datasets are not on this machine. */
export const DATASETS = [FOLDER, DEEPER].find((folder) => existsSync(folder))

/** For `it.skipIf(!DATASETS)`: goes into the test's name. */
export const NEEDS_DATASETS = DATASETS ? '' : ' (skipped: ../shared/datasets is not on this machine)'
