import { checks, defineConfig, recipes } from 'datagen'

// The systematic template: every scenario × expertise × phrasing × complexity, here 27 examples for one scenario.
// Edit a line and build again: only the cells whose requests changed are asked for.
export default defineConfig({
  name: 'python-helpdesk',
  dimensions: {
    scenario: [{ id: 'csv-gaps', guide: 'read a CSV file in which some values are missing, and compute correct averages per column' }],
    expertise: [
      { id: 'beginner', guide: 'in their first weeks of Python: simple concepts, basic syntax, nothing assumed' },
      { id: 'intermediate', guide: 'knows the fundamentals and has something that works; wants it clean and efficient' },
      { id: 'expert', guide: 'years of practice: advanced techniques, edge cases and performance, in precise terms' },
    ],
    phrasing: [
      { id: 'question', guide: 'a direct question that ends in a question mark' },
      { id: 'command', guide: 'an instruction in the imperative that asks nothing' },
      { id: 'statement', guide: 'a declarative sentence about their situation with the request embedded in it' },
    ],
    complexity: [
      { id: 'brief', guide: 'one or two sentences that answer directly' },
      { id: 'standard', guide: 'a full explanation with one complete example' },
      { id: 'detailed', guide: 'several approaches with their trade-offs, best practices and a recommendation' },
    ],
  },
  recipe: recipes.singleTurn({
    system: 'You are a patient Python tutor. Answer with working code and say why it works.',
  }),
  checks: [checks.unique()],
  outputs: { train: { path: 'data/train.jsonl' } },
})
