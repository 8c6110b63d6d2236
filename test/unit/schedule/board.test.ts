import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Board, STATE, type State } from '../../../src/schedule/board.ts'

describe('the board', () => {
  it('counts ready rows as accepted, and everything else as what it is', () => {
    const board = new Board(6, [])
    board.state.set([STATE.pending, STATE.ready, STATE.accepted, STATE.rejected, STATE.failed, STATE.failed])
    expect(board.counts(0, 6)).toEqual({ items: 6, accepted: 2, rejected: 1, failed: 2, pending: 1 })
  })

  it('counts any stretch of items', () => {
    const board = new Board(4, [])
    board.state[1] = STATE.accepted
    board.state[2] = STATE.accepted
    expect(board.counts(2, 2)).toEqual({ items: 2, accepted: 1, rejected: 0, failed: 0, pending: 1 })
    expect(board.counts(4, 0)).toEqual({ items: 0, accepted: 0, rejected: 0, failed: 0, pending: 0 })
  })

  it('loses no item, whatever their states', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<State>(...Object.values(STATE))), (states) => {
        const board = new Board(states.length, [])
        board.state.set(states)
        const { items, accepted, rejected, failed, pending } = board.counts(0, states.length)
        expect(accepted + rejected + failed + pending).toBe(items)
      }),
    )
  })

  it('remembers why an item was turned down', () => {
    const board = new Board(2, [])
    board.fail(1, STATE.rejected, { code: 'refusal', message: 'the model refused' })
    expect([board.problem(0), board.problem(1), board.state[1]]).toEqual([
      undefined,
      { code: 'refusal', message: 'the model refused' },
      STATE.rejected,
    ])
  })

  it('keeps equal problems once', () => {
    const board = new Board(2, [])
    board.fail(0, STATE.failed, { code: 'timeout', message: 'late' })
    board.fail(1, STATE.failed, { code: 'timeout', message: 'late' })
    expect(board.problem(0)).toBe(board.problem(1))
  })

  it('keeps of a problem its code and message only: answers must not travel with it', () => {
    const board = new Board(1, [])
    const resolution = { kind: 'rejected', code: 'refusal', message: 'the model refused', used: [{ kept: { raw: 'what the model said' } }] }
    board.fail(0, STATE.rejected, resolution)
    expect(board.problem(0)).toEqual({ code: 'refusal', message: 'the model refused' })
    expect(board.problems()).toEqual([{ code: 'refusal', message: 'the model refused', count: 1 }])
  })

  it('lists causes by how often they are, and by code where that is equal', () => {
    const board = new Board(5, [])
    for (const item of [0, 1]) board.fail(item, STATE.failed, { code: 'timeout', message: 'late' })
    board.fail(2, STATE.rejected, { code: 'refusal', message: 'no' })
    board.fail(3, STATE.rejected, { code: 'cut-off', message: 'no' })
    expect(board.problems()).toEqual([
      { code: 'timeout', message: 'late', count: 2 },
      { code: 'cut-off', message: 'no', count: 1 },
      { code: 'refusal', message: 'no', count: 1 },
    ])
  })

  it('lists no cause of an item that has come right since', () => {
    const board = new Board(1, [])
    board.fail(0, STATE.failed, { code: 'timeout', message: 'late' })
    board.state[0] = STATE.accepted
    expect(board.problems()).toEqual([])
  })
})
