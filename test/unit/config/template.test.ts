/** Templates: strict about names, blind to what values hold. */
import { expect, test } from 'vitest'
import type { StepContext } from '../../../schema/config.ts'
import { Complaints } from '../../../src/config/complaints.ts'
import { compileTemplate } from '../../../src/config/template.ts'
import { liquidTemplate } from '../../../src/config/template-liquid.ts'

const scope = { dimensions: ['topic', 'to-ne', 'größe'], steps: ['draft', 'facts'] }
const context: StepContext = {
  cell: { topic: 'late', 'to-ne': 'calm', größe: 'xl' },
  guide: { topic: 'it is {{ cell.topic }} {% raw %}', 'to-ne': 'c', größe: 'g' },
  steps: { draft: 'Hi <b> & "you"', facts: { n: [1, 2], ok: true } },
  sample: 3,
  covered: [],
  remarks: [],
}

function render(text: string): string {
  const complaints = new Complaints(() => ({ file: 'x' }))
  const compiled = compileTemplate(text, scope, [], complaints)
  complaints.throwIfAny()
  return compiled?.(context) ?? ''
}

test.each([
  ['plain text with } and { and {', 'plain text with } and { and {'],
  ['{{ cell.topic }}', 'late'],
  ['{{cell.topic}}-{{ cell.to-ne }}-{{ cell.größe }}-{{ sample }}', 'late-calm-xl-3'],
  ['{{ guide.topic }}', 'it is {{ cell.topic }} {% raw %}'],
  ['{{ steps.draft }}', 'Hi <b> & "you"'],
  ['{{ steps.facts }}', '{"n":[1,2],"ok":true}'],
  ['{{ steps.facts.n }} {{ steps.facts.ok }} {{ steps.facts.n[1] }}', '[1,2] true 2'],
  ['{{ steps.draft | upcase }}', 'HI <B> & "YOU"'],
  ['{% if cell.topic == "late" %}yes{% else %}no{% endif %}', 'yes'],
  ['{% for n in steps.facts.n %}{{ n }};{% endfor %}', '1;2;'],
  ['{% assign a = cell.topic %}{{ a }}', 'late'],
  ['{% raw %}{{ as it is }}{% endraw %}', '{{ as it is }}'],
  ['{{ cell["to-ne"] }}', 'calm'],
])('%s renders', (text, expected) => {
  expect(render(text)).toBe(expected)
})

test.each(['{{ cell.topic }}', 'a {{ steps.facts }} b {{ steps.draft }}', '{{ sample }}{{ guide.topic }}', '{{cell.to-ne}}'])(
  '%s means the same to the quick way and to the engine',
  (text) => {
    const slow = liquidTemplate(text)
    expect(slow.ok && slow.render(context)).toBe(render(text))
  },
)

test.each([
  ['{{ cell.topik }}', 'there is no dimension "topik"'],
  ['{{ guide.topik | upcase }}', 'there is no dimension "topik"'],
  ['{{ steps.answer }}', 'there is no step "answer"'],
  ['{{ topic }}', 'the template reads "topic", which does not exist; the dimension is read as "cell.topic" or "guide.topic"'],
  ['{% if sample.x %}{% endif %}', 'the template reads "sample.x", and "sample" is a number'],
  ['{{ cell }}', 'the template reads "cell" without a name'],
  ['{{ cell.constructor }}', 'there is no dimension "constructor"'],
  ['{{ cell.__proto__ }}', 'there is no dimension "__proto__"'],
  ['{{ process.env }}', 'the template reads "process", which does not exist'],
  ['{{ cell.topic | nope }}', 'the template is wrong: undefined filter: nope'],
  ['{% render "x" %}', 'the template is wrong: tag "render" not found'],
  ['{{ "now" | date: "%s" }}', 'the template is wrong: undefined filter: date'],
])('%s is refused when the config is loaded', (text, message) => {
  expect(() => render(text)).toThrow(message)
})

test('a field that one answer lacks is told when it is read', () => {
  expect(() => render('{{ steps.facts.missing }}')).toThrow('undefined variable: steps.facts.missing')
  expect(() => render('{{ steps.draft.constructor }}')).toThrow('undefined variable')
})
