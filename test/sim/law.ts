/** A law that a history broke. */

export const LAWS = {
  soundness: 'I1 every row follows from kept answers to the current requests',
  stability: 'I2 the same keys give the same bytes',
  thrift: 'I3 nothing that is kept, or being bought, is bought again; nothing that was paid for is lost without a cause',
  idempotence: 'I4 a second build asks nothing and writes nothing',
  revert: 'I5 an undone edit costs nothing and brings the old bytes back',
  order: 'I6, I7 faults, kills, concurrency and order never change an output',
  candour: 'I8 every call has one recorded reason, and the counts are true',
  agreement: 'I9 what a plan says is what a build does',
  conservation: 'I10 accepted, rejected, failed and pending are all there is',
  ledger: 'what is spent and reserved never exceeds the budget, and what is spent is what was billed',
  intent: 'no call without a durable intent of its build',
  halt: 'no call after a build was told to stop',
  pace: 'no call before a server says it may be asked again',
  barrier: 'a batch asks nothing before the batches it comes after are complete',
  whole: 'outputs are whole or untouched',
  durable: 'what was acknowledged stays',
  liveness: 'every build ends',
  determinism: 'one seed, one history',
} as const
export type Law = keyof typeof LAWS

export class LawBroken extends Error {
  readonly law: Law
  constructor(law: Law, detail: string) {
    super(`${LAWS[law]}: ${detail}`)
    this.law = law
  }
}
