import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Card } from '../../../src/report/review/card.ts'
import { broken, conversation, frame, type Progress } from '../../../src/report/review/frame.ts'
import { FIRST_VIEW, type Press, press, type View, type Wish } from '../../../src/report/review/view.ts'
import { width } from '../../../src/util/safe-text.ts'

const CARD: Card = {
  label: 'csv × beginner',
  batch: 'foundation',
  cell: [
    ['scenario', 'csv'],
    ['expertise', 'beginner'],
  ],
  accepted: false,
  findings: [{ check: 'length', severity: 'reject', message: 'the user text is too long' }],
  scores: [['clarity', '{"level":4}']],
  verdicts: [{ by: 'ben', verdict: 'comment', text: 'hm' }],
  editedBy: 'anna',
  conflict: 'the request of step "answer" changed since it was edited',
  messages: [
    { role: 'user', content: 'How?' },
    { role: 'assistant', content: 'Like this:\n\tcode' },
  ],
}
const PROGRESS: Progress = { dataset: 'helpdesk', by: 'anna', filter: 'all', position: 3, shown: 27, left: 12 }
const draw = (card: Card | undefined = CARD, view: Partial<View> = {}, columns = 80, rows = 24) =>
  frame(card, { ...FIRST_VIEW, ...view }, PROGRESS, { columns, rows, color: false })

/** What keys come to, one after another. */
function pressed(keys: readonly (string | Press)[], view = FIRST_VIEW, last = 10) {
  const wishes: Wish[] = []
  let now = view
  for (const key of keys) {
    const one = typeof key === 'string' ? { key, typed: key.length === 1 } : key
    const after = press(now, one, { last, page: 4 })
    now = after.view
    if (after.wish) wishes.push(after.wish)
  }
  return { view: now, wishes }
}

describe('the review screen', () => {
  it('shows where one is, the cell, what is against the row, what was said, and the conversation', () => {
    expect(draw().lines).toEqual([
      ' review  helpdesk                             3 of 27 all   12 to review   anna',
      ' scenario csv   expertise beginner',
      ' rejected   edited by anna   batch foundation',
      ' ✖ length: the user text is too long',
      ' judge clarity  {"level":4}',
      ' conflict  the request of step "answer" changed since it was edited; K keeps th…',
      ' » comment by ben: hm',
      '─'.repeat(80),
      ' user',
      '   How?',
      '',
      ' assistant',
      '   Like this:',
      '       code',
      '',
      '',
      '',
      '',
      '',
      '',
      '─'.repeat(80),
      '',
      ' a accept  r reject  e edit  c comment  n next  p back  u undo  ? help  q quit',
    ])
  })

  it('fits every terminal, whatever a model says, and never shows an escape', () => {
    const content = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '\t', '語', '👩‍👩‍👧', '\x1b[2J', '\u202e', '\u0301', '\r'),
      maxLength: 300,
    })
    fc.assert(
      fc.property(
        content,
        fc.integer({ min: 20, max: 130 }),
        fc.integer({ min: 6, max: 50 }),
        fc.nat(40),
        (text, columns, rows, scroll) => {
          const card = { ...CARD, messages: [{ role: 'user', content: text }], findings: Array(9).fill(CARD.findings[0]) }
          const { lines } = frame(card, { ...FIRST_VIEW, scroll }, PROGRESS, { columns, rows, color: false })
          expect(lines.length).toBeLessThan(rows)
          for (const line of lines) {
            expect(width(line)).toBeLessThanOrEqual(columns)
            expect(line).not.toMatch(/[\x00-\x1f\u202e]/)
          }
        },
      ),
    )
  })

  it('loses nothing of a text that it breaks', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '語', 'é', '👍'), maxLength: 120 })
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 40 }), (line, columns) => {
        const parts = broken(line, columns)
        expect(parts.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''))
        for (const part of parts) expect(width(part)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('scrolls a long conversation by lines and pages, to its end and not beyond', () => {
    const long = { ...CARD, messages: [{ role: 'user', content: Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n') }] }
    const { reach, lines } = draw(long)
    expect(reach.last).toBe(conversation(long, 80).length - 12)
    expect(lines[20]).toContain('↓ 39 more, space scrolls')
    expect(draw(long, { scroll: 999 }).lines[19]).toBe('   line 49')
    expect(draw(long, { scroll: 999 }).lines[20]).toContain('↑ 39 ─')
    expect(pressed(['down', 'down', 'up', ' ']).view.scroll).toBe(5)
    expect(pressed([' ', ' ', ' ', ' ']).view.scroll).toBe(10)
    expect(pressed(['end', 'b']).view.scroll).toBe(6)
  })

  it('has a help that names every key, and each does what it says there too', () => {
    const help = draw(CARD, { panel: 'help' }).lines.join('\n')
    for (const key of 'arecjsfuKDqgGnp?') expect(key === '?' || help.includes(`${key} `)).toBe(true)
    expect(pressed(['?', '?']).view.panel).toBe('row')
    expect(pressed(['?', 'a'])).toMatchObject({ view: { panel: 'row' }, wishes: [{ wish: 'accept' }] })
  })

  it('asks for a reason, takes pastes on one line, and needs words', () => {
    expect(pressed(['r', 't', { key: 'oo\n long', typed: true }, 'enter'])).toEqual({
      view: FIRST_VIEW,
      wishes: [{ wish: 'reject', text: 'too long' }],
    })
    expect(pressed(['c', 'é', { key: '👍', typed: true }, 'backspace', 'enter']).wishes).toEqual([{ wish: 'comment', text: 'é' }])
    expect(pressed(['r', ' ', 'enter'])).toMatchObject({ view: { typing: { what: 'reject' }, message: { bad: true } }, wishes: [] })
    expect(pressed(['r', 'a', 'ctrl-u', 'q', 'escape'])).toEqual({ view: FIRST_VIEW, wishes: [] })
    expect(draw(CARD, { typing: { what: 'reject', text: 'too \x1b vague' } }).lines.at(-1)).toBe(' why rejected? too \\x1b vague▏')
    expect(width(draw(CARD, { typing: { what: 'reject', text: 'x'.repeat(500) } }, 40).lines.at(-1) as string)).toBeLessThanOrEqual(40)
  })

  const QUESTIONS: NonNullable<Card['questions']> = [
    {
      id: 'truth',
      guide: 'Is it true? '.repeat(20),
      levels: ['no', 'partly', 'yes'].map((id) => ({ id, guide: `It is ${id}.` })),
      given: 1,
    },
    {
      id: 'expertise',
      guide: 'Is it a beginner?',
      about: 'expertise: beginner',
      levels: ['no', 'yes'].map((id) => ({ id, guide: `\x1b${id}` })),
    },
  ]

  it('asks for a level by each criterion, with what each level means, and keeps back what judges said until then', () => {
    const blind: Card = { ...CARD, questions: QUESTIONS, blind: true, scores: [], findings: [], accepted: undefined }
    const asked = draw(blind, { scoring: 0 }).lines
    expect(asked.slice(1, 6)).toEqual([
      ' scenario csv   expertise beginner',
      ' judged   edited by anna   batch foundation',
      ' judge kept back until you have spoken: j gives levels, a and r a verdict',
      ' conflict  the request of step "answer" changed since it was edited; K keeps th…',
      ' » comment by ben: hm',
    ])
    expect(asked.slice(-7)).toEqual([
      ' truth   1 of 2',
      ' Is it true? Is it true? Is it true? Is it true? Is it true? Is it true? Is it',
      ' true? Is it true? Is it true? Is it true? Is it true? Is it true? Is it true? …',
      '  1 no      It is no.',
      ' ✔2 partly  It is partly.',
      '  3 yes     It is yes.',
      ' 1–3 level  0 none  n p next, back  Esc done',
    ])
    expect(draw(blind, { scoring: 1 }).lines.slice(-5)).toEqual([
      ' expertise   2 of 2   expertise: beginner',
      ' Is it a beginner?',
      '  1 no   \\x1bno',
      '  2 yes  \\x1byes',
      ' 1–2 level  0 none  n p next, back  Esc done',
    ])
    for (const [columns, rows] of [
      [20, 6],
      [40, 12],
      [120, 40],
    ] as const) {
      const { lines } = frame(blind, { ...FIRST_VIEW, scoring: 0 }, PROGRESS, { columns, rows, color: false })
      expect(lines.length).toBeLessThan(rows)
      for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns)
    }
    expect(draw({ ...CARD, questions: QUESTIONS }).reach).toEqual({ last: 0, page: expect.any(Number), scales: [3, 2], open: 1 })
  })

  it('gives levels by their numbers, one criterion after another, and takes them back', () => {
    const scored = (keys: readonly string[]) => {
      const wishes: Wish[] = []
      let view = FIRST_VIEW
      for (const key of keys) {
        const after = press(view, { key, typed: key.length === 1 }, { last: 10, page: 4, scales: [3, 2], open: 0 })
        view = after.view
        if (after.wish) wishes.push(after.wish)
      }
      return { scoring: view.scoring, wishes }
    }
    expect(scored(['j', '3', '1'])).toEqual({
      scoring: undefined,
      wishes: [
        { wish: 'level', question: 0, level: 2 },
        { wish: 'level', question: 1, level: 0 },
      ],
    })
    // A level that there is not is none, and the other keys go about.
    expect(scored(['j', '4', 'n', '3', 'p', 'p'])).toEqual({ scoring: 0, wishes: [] })
    expect(scored(['j', '0', 'n', 'backspace', 'escape'])).toEqual({
      scoring: undefined,
      wishes: [
        { wish: 'level', question: 0, level: undefined },
        { wish: 'level', question: 1, level: undefined },
      ],
    })
    expect(scored(['j', 'q']).wishes).toEqual([{ wish: 'quit' }])
    expect(pressed(['j']).view.message).toEqual({ text: 'no judge looks at this row, so there is nothing to give a level by', bad: true })
  })

  it('a name of a key that was typed as text is text', () => {
    expect(pressed(['r', { key: 'escape', typed: true }, 'enter']).wishes).toEqual([{ wish: 'reject', text: 'escape' }])
  })

  it.each([
    ['n', { wish: 'go', to: 'next' }],
    ['left', { wish: 'go', to: 'previous' }],
    ['s', { wish: 'go', to: 'next-unreviewed' }],
    ['G', { wish: 'go', to: 'last' }],
    ['K', { wish: 'keep' }],
    ['q', { wish: 'quit' }],
    ['ctrl-c', { wish: 'quit' }],
  ])('%s is %j', (key, wish) => {
    expect(pressed([key]).wishes).toEqual([wish])
  })

  it('says so when there is nothing', () => {
    const { lines } = frame(undefined, FIRST_VIEW, { ...PROGRESS, position: 0, shown: 0 }, { columns: 80, rows: 24, color: false })
    expect(lines[2]).toBe(' nothing to review here; f shows other rows')
  })
})
