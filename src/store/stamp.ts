/** Interim. */
import type { ChosenModel, Reads } from '../config/dataset.ts'
export function writeStamp(_root: string, _input: { readonly reads: Reads; readonly configPath: string; readonly outputs: readonly string[]; readonly exitCode: number; readonly lines: readonly string[]; readonly chosenModel?: ChosenModel }): void {}
