/** `datagen review` on a real terminal: keys are pressed, an editor is run, and what was said is in the file. */
import { describe, expect, it } from 'vitest'
import { startInPty } from '../rig/live.ts'
import { Project } from '../rig/project.ts'

const CONFIG = `
name: screen
models: { m: simulated }
dimensions:
  topic: [csv, json]
recipe:
  steps:
    answer: { ask: m, prompt: 'Tell me about {{ cell.topic }}.' }
  example:
    messages:
      - { role: user, content: 'What is {{ cell.topic }}?' }
      - { role: assistant, content: '{{ steps.answer }}' }
`
const verdicts = (at: Project) => at.lines('datagen.reviews.jsonl').map((line) => JSON.parse(line))

async function built(env: Record<string, string> = {}): Promise<Project> {
  const at = new Project({ 'datagen.config.yaml': CONFIG }, { DATAGEN_REVIEWER: 'anna', ...env })
  expect((await at.run('build')).code).toBe(0)
  return at
}

describe('the review screen', () => {
  it('takes verdicts key by key, moves on, takes them back, and leaves the terminal as it was', async () => {
    using at = await built()
    await using live = startInPty(at, 'review')
    await live.until('1 of 2')
    live.press('r')
    await live.until('why rejected?')
    live.press('too vague')
    live.press('\r')
    await live.until('rejected')
    expect(verdicts(at)).toMatchObject([{ verdict: 'reject', reason: 'too vague', by: 'anna' }])
    live.press('a')
    await live.until('every example is reviewed')
    expect(verdicts(at)).toHaveLength(2)
    live.press('u')
    await live.until('undone')
    expect(verdicts(at)).toHaveLength(1)
    live.press('?')
    await live.until('skip to the next row')
    live.press('q')
    const { code, restored, bytes } = await live.end()
    expect([code, restored]).toEqual([0, true])
    expect(bytes).toContain('1 verdict saved')
  })

  it('lets a row be edited in an editor, shows what cannot be read, and edits again', async () => {
    using at = await built()
    // The first time it spoils the text, the second time it mends it and says something else.
    at.write(
      'editor.sh',
      'if grep -q "^### user" "$1"; then sed -i "s/^### user/### usr/" "$1"; else sed -i "s/^### usr/### user/; s/What is/Why is there/" "$1"; fi\n',
    )
    at.env['VISUAL'] = `sh "${at.path('editor.sh')}"`
    await using live = startInPty(at, 'review', '--only', 'csv')
    await live.until('What is csv?')
    live.press('e')
    await live.until('names no role')
    await live.until('Enter edits again')
    live.press('\r')
    await live.until('Why is there csv?')
    await live.until('edited by')
    expect(verdicts(at)).toMatchObject([{ verdict: 'edit', edited: { messages: [{ content: 'Why is there csv?' }, {}] } }])
    live.press('D')
    await live.until('the edit is dropped')
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
    expect(at.read('datagen.reviews.jsonl')).toBe('')
  })

  it('takes levels by the criteria of a judge, whose own are kept back until then', async () => {
    const judged = `${CONFIG}
checks:
  - check: judge
    by: m
    severity: warn
    rubric:
      criteria:
        - { id: truth, guide: Is it true?, pass: 'yes', levels: [{ id: 'no', guide: It is not. }, { id: 'yes', guide: It is. }] }
        - { id: tone, guide: Is it friendly?, pass: 'yes', levels: [{ id: 'no', guide: Gruff. }, { id: 'yes', guide: Warm. }] }
`
    using at = new Project({ 'datagen.config.yaml': judged }, { DATAGEN_REVIEWER: 'anna' })
    expect((await at.run('build')).code).toBe(0)
    await using live = startInPty(at, 'review', '--only', 'csv')
    await live.until('kept back until you have spoken')
    live.press('j')
    await live.until('truth   1 of 2')
    live.press('2')
    await live.until('friendly?')
    live.press('1')
    await live.until(/truth (yes|no), tone (yes|no)/)
    await live.until('levels are saved')
    expect(verdicts(at)).toMatchObject([{ verdict: 'score', by: 'anna', scores: { truth: 'yes', tone: 'no' }, revision: 2 }])
    live.press('u')
    await live.until('undone')
    expect(verdicts(at)).toMatchObject([{ verdict: 'score', scores: { truth: 'yes' } }])
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
    // The same from a script; what was given before stays.
    for (const cell of ['csv', 'json'])
      expect(await at.run('review', '--score', cell, '--levels', 'tone=no')).toMatchObject({
        code: 0,
        stdout: ' 1 row given levels by anna\n',
      })
    expect(
      verdicts(at)
        .map(({ cell, scores }) => [cell.topic, scores])
        .sort(),
    ).toEqual([
      ['csv', { truth: 'yes', tone: 'no' }],
      ['json', { tone: 'no' }],
    ])
    const wrong = await at.run('review', '--score', 'csv', '--levels', 'tune=no')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/there is no criterion "tune"[\s\S]*did you mean "tone"/)])
    expect((await at.run('status')).stdout).toMatch(/tone: (κ|equal in) .*with people over 2 rows/)
  })

  it('without a terminal lists the rows', async () => {
    using at = await built()
    expect((await at.run('review')).stdout.split('\n').slice(0, -1).sort()).toEqual(['unreviewed  csv', 'unreviewed  json'])
  })
})
