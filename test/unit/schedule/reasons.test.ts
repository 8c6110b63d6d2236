import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { reasonFor, reasonText } from '../../../src/schedule/reasons.ts'
import { createMemoryStore } from '../../rig/memory-store.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { asking } from '../plan/plans.ts'
import { shop } from './shop.ts'

/** Buys what `before` wants for the first item, then says why `after` would ask for item `index`. */
async function reason(before: Partial<Config>, after: Partial<Config>, index = 0): Promise<string> {
  const store = createMemoryStore()
  await (await shop({ store, config: before })).buy(0)
  const { work, wanted } = await shop({ store, config: after })
  const want = wanted(work.item(index))
  return reasonText(reasonFor(work.dataset, work.item(index), want, store), want.step.name)
}

const prompt = (user: string, system = 'Be kind.', version?: number): Partial<Config> => ({
  recipe: { ...asking(''), steps: { said: { ask: 'm', system, prompt: user, ...(version === undefined ? {} : { version }) } } },
})

describe('the reason for a call', () => {
  it('is that the cell is new', async () => {
    expect(await reason({}, {}, 1)).toBe('new')
  })

  it('is that the sample is a further one', async () => {
    expect(await reason({}, { batches: { all: { samples: 2 } } }, 1)).toBe('further sample')
  })

  it.each<[string, Partial<Config>, Partial<Config>]>([
    ['the prompt of step "said" changed', prompt('one'), prompt('two')],
    ['the system prompt of step "said" changed', prompt('one'), prompt('one', 'Be brief.')],
    ['the system prompt, the prompt of step "said" changed', prompt('one'), prompt('two', 'Be brief.')],
    ['the model of step "said" changed', { models: { m: { use: 'openai:m' } } }, { models: { m: { use: 'openai:n' } } }],
    ['the temperature of step "said" changed', {}, { models: { m: { use: 'openai:m', temperature: 0 } } }],
    ['the max completion tokens of step "said" changed', {}, { models: { m: { use: 'openai:m', maxTokens: 9 } } }],
    ['the version of step "said" changed', prompt('one'), prompt('one', 'Be kind.', 2)],
    ['the server of step "said" changed', {}, { models: { m: { use: 'openai:m', identity: 'ours' } } }],
  ])('is that %s', async (text, before, after) => {
    expect(await reason(before, after)).toBe(text)
  })

  it('names each changed field with what it was, what it is, and the run it was asked in', async () => {
    const store = createMemoryStore()
    await (await shop({ store, run: 'run-7', config: prompt('one') })).buy(0)
    const { work, wanted } = await shop({ store, config: prompt('two') })
    expect(reasonFor(work.dataset, work.item(0), wanted(work.item(0)), store)).toEqual({
      kind: 'request-changed',
      changes: [{ field: 'body.messages[1].content', before: '"one"', after: '"two"' }],
      roles: ['system', 'user'],
      run: 'run-7',
    })
  })

  it('is that the answer is missing, when the same request was answered for this cell', async () => {
    const store = createMemoryStore()
    const { buy, work, wanted } = await shop({ store })
    const { key } = wanted(work.item(0))
    await buy(0)
    // Another sample of the same cell's request is there; this draw of it is not.
    const digest = store.responses[0]?.request as never
    const lost = { ...wanted(work.item(1)), key, asked: { digest, identified: { request: {} as never, text: '', digest } } }
    expect(reasonText(reasonFor(work.dataset, work.item(0), lost as never, store), 'said')).toBe('the answer of step "said" is missing')
  })

  it('is that somebody asked for it', async () => {
    const { buy, work, wanted, store } = await shop()
    await buy(0)
    await store.raiseEpoch(store.responses[0]?.request as never, 0)
    const want = wanted(work.item(0))
    expect(reasonText(reasonFor(work.dataset, work.item(0), want, store), 'said')).toBe('step "said" is asked again on purpose')
  })

  it('is the rejection of the attempt before, above everything else', async () => {
    const { buy, work, wanted, store } = await shop({ provider: new ScriptedProvider({ fate: () => 'cut-off' }) })
    await buy(0)
    expect(reasonFor(work.dataset, work.item(0), wanted(work.item(0)), store)).toEqual({
      kind: 'rejected-before',
      code: 'cut-off',
      attempt: 2,
    })
  })
})
