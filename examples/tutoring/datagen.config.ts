import { checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: 'tutoring',
  models: { student: { use: 'simulated' }, tutor: { use: 'simulated' } }, // for example 'openai:gpt-5-mini' and 'openai:gpt-5'
  domain: 'education',
  dimensions: {
    scenario: [
      { id: 'fractions', guide: 'why a fraction is divided by turning the second one over' },
      { id: 'photosynthesis', guide: 'where the mass of a growing tree comes from' },
      { id: 'recursion', guide: 'how a function can call itself and still come to an end' },
      { id: 'supply and demand', guide: 'why a price cap can make a good harder to find' },
    ],
    persona: [
      { id: 'curious teenager', guide: 'fourteen, quick, bored by definitions, asks "but why" until it makes sense' },
      { id: 'returning adult', guide: 'back in evening school after twenty years, careful, afraid of asking something stupid' },
      {
        id: 'exam tomorrow',
        guide: 'a university student the night before an exam, wants the one idea that makes the rest fall into place',
      },
    ],
    ...dimensions('complexity'),
  },
  recipe: recipes.conversation({
    pattern: 'learning',
    user: 'student',
    assistant: 'tutor',
    persona: 'persona',
    system: 'You are a tutor. You explain with one good analogy at a time and check that it was understood.',
  }),
  batches: { lessons: { per: ['scenario', 'persona'], size: 12 } },
  checks: [checks.unique()],
  outputs: { train: {}, sharegpt: { format: 'sharegpt' } },
})
