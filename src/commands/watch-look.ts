/** What a look without spending tells of batch jobs: it has no screen of its own, and nobody hears of them a second time. */
import type { Event } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import { diagnosticText } from '../report/diagnostic.ts'
import { write } from '../report/line.ts'
import { jobLine } from '../report/plain.ts'
import type { Environment } from './environment.ts'

/** Jobs are attended to before anything is planned; which model answered is told at the end. */
export function lookTeller({ stderr }: Environment, color: boolean): Sink {
  let isPlanned = false
  const print = (lines: readonly string[]) => stderr.write(`${lines.join('\n')}\n`)
  return {
    emit(event: Event) {
      const paper = { columns: stderr.columns ?? 100, color }
      if (event.type === 'planned') isPlanned = true
      if (event.type === 'job' && event.end) print(write([[' ', ...jobLine(event)]], paper, 2))
      if (event.type === 'stopping' && event.why === 'fatal') print(write([[' ', [event.message, 'red']]], paper, 2))
      if (event.type === 'notice' && (!isPlanned || event.diagnostic.code.startsWith('model/')))
        print(diagnosticText(event.diagnostic, paper).split('\n'))
    },
  }
}
