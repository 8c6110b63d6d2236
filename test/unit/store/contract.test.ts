/** What every Store promises, asked of the real one and of its peer in memory. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../../src/store/sqlite.ts'
import type { Store } from '../../../src/store/store.ts'
import type { Digest, Key } from '../../../src/util/brand.ts'
import { createMemoryStore } from '../../rig/memory-store.ts'
import { SimDisk } from '../../sim/disk.ts'
import { SimProcess } from '../../sim/process.ts'
import { SimStore } from '../../sim/store.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

/** `reopen`: the store as the next process finds it; `beside`: as another one that lives has it. */
type Opened = { readonly store: Store; reopen(): Promise<Opened>; beside(): Store }

function sqlite(dir = tempFolder()): Opened {
  const open = () => {
    const store = openStore(dir)
    onTestFinished(() => store.close())
    return store
  }
  const store = open()
  return { store, reopen: () => store.close().then(() => sqlite(dir)), beside: open }
}

function memory(store = createMemoryStore()): Opened {
  return { store, reopen: () => store.close().then(() => memory(store.reopen())), beside: () => store.beside() }
}

/** Each opening is a process of its own; its groups are committed as soon as nothing else is to be done. */
function simulated(disk = new SimDisk()): Opened {
  const time = {
    now: () => 0,
    after: (_: number, run: () => void) => {
      queueMicrotask(run)
      return () => {}
    },
  }
  const process = new SimProcess('contract')
  const store = new SimStore({ disk, process, time, groupMs: () => 0 })
  return {
    store,
    reopen: async () => {
      await store.close()
      process.end()
      return simulated(disk)
    },
    beside: () => simulated(disk).store,
  }
}

const claim = (n: number, run = 'run-1', reservedUsd: number | null = 0.5) => ({
  key: keyOf(n),
  request: requestOf(n),
  requestText: `request ${n}`,
  run,
  reservedUsd,
})

describe.each([
  ['sqlite', () => sqlite()],
  ['memory', () => memory()],
  ['simulated', () => simulated()],
] as const)('a store (%s)', (_, open) => {
  it('gives back what was put, by key and by id, also after it was closed', async () => {
    const { store, reopen } = open()
    const { id } = await store.put(response(1))
    const kept = {
      id,
      key: keyOf(1),
      raw: new Uint8Array(Buffer.from('{"answer":1}')),
      model: 'model-é-1',
      inputTokens: 11,
      outputTokens: 20,
      usd: 0.25,
    }
    const plain = (trace: ReturnType<Store['get']>) => trace && { ...trace, raw: new Uint8Array(trace.raw) }
    expect(plain(store.get(keyOf(1)))).toEqual(kept)
    const again = (await reopen()).store
    expect(plain(again.get(keyOf(1)))).toEqual(kept)
    expect(again.readAll(Uint32Array.of(id)).map(plain)).toEqual([kept])
    expect(again.get(keyOf(2))).toBe(undefined)
    expect(again.readAll(Uint32Array.of(77))).toEqual([undefined])
  })

  it('keeps the first response of a key', async () => {
    const { store } = open()
    const { id, first } = await store.put(response(1))
    expect(first).toBe(true)
    const [second, third] = await Promise.all([store.put(response(1, { raw: Buffer.from('other') })), store.put(response(1))])
    expect([second, third]).toEqual([
      { id, first: false },
      { id, first: false },
    ])
    expect(Buffer.from(store.get(keyOf(1))?.raw ?? []).toString()).toBe('{"answer":1}')
    expect(store.totals().responses).toBe(1)
  })

  it('keeps the first of two puts of one key that wait together', async () => {
    const { store } = open()
    const ids = await Promise.all([store.put(response(1)), store.put(response(1, { raw: Buffer.from('other') }))])
    expect(ids).toEqual([
      { id: ids[0]?.id, first: true },
      { id: ids[0]?.id, first: false },
    ])
    expect(Buffer.from(store.get(keyOf(1))?.raw ?? []).toString()).toBe('{"answer":1}')
  })

  it('keeps values of every size byte for byte', async () => {
    const { store } = open()
    for (const [n, size] of [0, 1, 4095, 4096, 100_000, 3_000_000].entries()) {
      const raw = Buffer.alloc(size, 'ab\0c')
      await store.put(response(n, { raw, usd: n % 2 ? null : 0.5, model: `m\0${n}\ud800` }))
      const kept = store.get(keyOf(n))
      expect(Buffer.compare(kept?.raw ?? Buffer.from('none'), raw)).toBe(0)
      expect([kept?.usd, kept?.model]).toEqual([n % 2 ? null : 0.5, `m\ufffd${n}\ufffd`])
    }
  })

  it('reads many at once, in any order, with gaps, repeats and nothing where nothing is', async () => {
    const { store } = open()
    const ids: number[] = []
    for (let n = 0; n < 40; n++) ids.push((await store.put(response(n))).id)
    const wanted = [ids[7], 0, ids[39], ids[0], 4_000_000_000, ids[7], ids[8], ids[20], 999] as number[]
    const answers = store.readAll(Uint32Array.from(wanted)).map((trace) => trace && [trace.key, Buffer.from(trace.raw).toString()])
    const told = [7, undefined, 39, 0, undefined, 7, 8, 20, undefined].map((n) => (n === undefined ? n : [keyOf(n), `{"answer":${n}}`]))
    expect(answers).toEqual(told)
    expect(store.readAll(new Uint32Array())).toEqual([])
  })

  it('lists the claims of dead runs as orphans until they are taken over, settled, put or forgotten', async () => {
    const { store, reopen } = open()
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => store.claim(claim(n, 'run-1', n === 4 ? null : 0.5))))).toEqual(
      Array(5).fill('ours'),
    )
    await store.put(response(1))
    await store.settle(keyOf(2))
    expect(store.orphans()).toEqual([])
    const next = (await reopen()).store
    const orphan = (n: number) => ({ key: keyOf(n), run: 'run-1', reservedUsd: n === 4 ? null : 0.5 })
    const sorted = (...ns: number[]) => ns.map(orphan).sort((a, b) => (a.key < b.key ? -1 : 1))
    expect(next.orphans()).toEqual(sorted(3, 4, 5))
    expect([await next.claim(claim(6, 'run-2')), await next.claim(claim(3, 'run-2'))]).toEqual(['ours', 'ours'])
    expect(next.orphans()).toEqual(sorted(4, 5))
    await next.put(response(5, { run: 'run-2' }))
    expect(next.orphans()).toEqual(sorted(4))
    await next.forgetOrphans()
    expect(next.orphans()).toEqual([])
    expect(await next.claim(claim(4, 'run-2'))).toBe('ours')
  })

  it('gives each call to one of those that live, and to nobody when it is answered', async () => {
    const { store, beside } = open()
    const other = beside()
    expect([await store.claim(claim(1)), await other.claim(claim(1, 'run-2')), await store.claim(claim(1))]).toEqual([
      'ours',
      'held',
      'ours',
    ])
    expect([store.orphans(), other.orphans()]).toEqual([[], []])
    // The other's settling and forgetting is not about this claim.
    await other.settle(keyOf(1))
    await other.forgetOrphans()
    expect(await other.claim(claim(1, 'run-2'))).toBe('held')
    await store.settle(keyOf(1))
    expect([await other.claim(claim(1, 'run-2')), await store.claim(claim(1))]).toEqual(['ours', 'held'])
    await other.put(response(1))
    expect([await other.claim(claim(1, 'run-2')), await store.claim(claim(1))]).toEqual(['answered', 'answered'])
    await store.claim(claim(2))
    await store.close()
    expect(other.orphans()).toEqual([{ key: keyOf(2), run: 'run-1', reservedUsd: 0.5 }])
    expect(await other.claim(claim(2, 'run-2'))).toBe('ours')
    expect(other.orphans()).toEqual([])
  })

  it('sets a second response to a key aside, and counts what it cost once', async () => {
    const { store, beside, reopen } = open()
    await store.claim(claim(1))
    const { id: first } = await beside().put(response(1, { run: 'run-2', usd: 0.5 }))
    const late = response(1, { raw: Buffer.from('late'), usd: 0.125 })
    const puts = [await store.put(late), await store.put(late), await store.put(response(1, { run: 'run-2', usd: 0.5 }))]
    expect(puts).toEqual(Array(3).fill({ id: first, first: false }))
    await store.put(response(1, { raw: Buffer.from('latest'), usd: null }))
    const tells = (at: Store) => {
      expect(Buffer.from(at.get(keyOf(1))?.raw ?? []).toString()).toBe('{"answer":1}')
      expect(at.totals()).toEqual({ responses: 1, bytes: 12, usd: 0.625, unpriced: 1 })
      expect(at.typicalTokens('user')).toEqual({ input: 11, output: 20 })
    }
    tells(store)
    const again = (await reopen()).store
    tells(again)
    expect((await again.put(response(2))).id).toBeGreaterThan(first)
  })

  it('names itself, and counts up what makes earlier findings void', async () => {
    const { store, reopen, beside } = open()
    const before = store.generation()
    await store.put(response(1))
    await store.claim(claim(2))
    expect(store.generation()).toBe(before)
    await store.raiseEpoch(requestOf(1), 0)
    expect([store.generation(), beside().generation()]).toEqual([before + 1, before + 1])
    const again = (await reopen()).store
    expect([again.generation(), again.identity, again.rescued]).toEqual([before + 1, store.identity, 0])
  })

  it('tells the draws of a request, and which stand elsewhere than their sample', async () => {
    const { store } = open()
    const shared = { request: requestOf(9), requestText: 'request 9' }
    await store.put(response(1, { ...shared, ordinal: 0, cell: 'a', sample: 0 }))
    await store.put(response(2, { ...shared, ordinal: 1, cell: 'b', sample: 0 }))
    await store.put(response(3, { ...shared, ordinal: 1, cell: 'b', sample: 0, attempt: 1 }))
    await store.put(response(4))
    expect(store.draws(requestOf(9))).toEqual([
      { ordinal: 0, cell: 'a', sample: 0 },
      { ordinal: 1, cell: 'b', sample: 0 },
    ])
    expect(store.draws(requestOf(8))).toEqual([])
    expect(store.displaced()).toEqual([{ request: requestOf(9), ordinal: 1, cell: 'b', sample: 0 }])
  })

  it('tells the newest request of a cell, sample and step', async () => {
    const { store, reopen } = open()
    const cell = response(1).cell
    await store.put(response(1))
    await store.put(response(2, { cell, requestText: 'newer ✓', run: 'run-2' }))
    await store.put(response(3, { cell, step: 'assistant' }))
    await store.put(response(4, { cell, sample: 1, ordinal: 1 }))
    const tells = (at: Store) => {
      expect(at.lastRequest(cell, 0, 'user')).toEqual({ request: requestOf(2), text: 'newer ✓', run: 'run-2' })
      expect(at.lastRequest(cell, 2, 'user')).toBe(undefined)
      expect(at.lastRequest(`${cell.slice(0, -2)}00`, 0, 'user')).toBe(undefined)
    }
    tells(store)
    tells((await reopen()).store)
  })

  const digest = (letter: string) => letter.repeat(64) as Digest

  it('remembers epochs, and sums up what was kept', async () => {
    const { store, reopen } = open()
    await store.put(response(0, { usd: null }))
    await store.put(response(2))
    await store.put(response(3, { step: 'assistant', raw: Buffer.from('12345') }))
    await store.raiseEpoch(digest('a'), 0)
    await Promise.all([store.raiseEpoch(digest('a'), 0), store.raiseEpoch(digest('b'), 1)])
    const tells = (at: Store) => {
      expect([at.epoch(digest('a'), 0), at.epoch(digest('b'), 1), at.epoch(digest('a'), 1)]).toEqual([2, 1, 0])
      expect(at.totals()).toEqual({ responses: 3, bytes: 12 + 12 + 5, usd: 0.5, unpriced: 1 })
      expect(at.typicalTokens('user')).toEqual({ input: 11, output: 20 })
      expect(at.typicalTokens('nobody')).toBe(undefined)
    }
    tells(store)
    tells((await reopen()).store)
  })

  it('refuses writes once it is closed', async () => {
    const { store } = open()
    await store.close()
    await store.close()
    await expect(store.put(response(1))).rejects.toMatchObject({ name: 'StoreFailure', kind: 'closed', exitCode: 6 })
  })

  it('is empty at first', () => {
    const { store } = open()
    expect(store.totals()).toEqual({ responses: 0, bytes: 0, usd: 0, unpriced: 0 })
    expect([store.draws(requestOf(1)), store.displaced(), store.orphans(), store.damaged]).toEqual([[], [], [], []])
    expect(store.lastRequest('cell', 0, 'user')).toBe(undefined)
    expect(store.get('0'.repeat(64) as Key)).toBe(undefined)
  })
})
