/** Documents as a dimension: what the values are called, what they say, and what was read for them. */
import { relative } from 'node:path'
import { expect, it } from 'vitest'
import type { DocumentsOptions } from '../../../../schema/config.ts'
import { Project } from '../project.ts'

async function passages(files: { readonly [path: string]: string }, options: DocumentsOptions) {
  using project = new Project({
    ...files,
    'datagen.config.json': JSON.stringify({ name: 'x', dimensions: { passage: { documents: options } }, recipe: { preset: 'singleTurn' } }),
  })
  const { dataset, reads, definition } = await project.load()
  const from = (paths: Iterable<string>) => [...paths].map((path) => relative(project.root, path)).sort()
  return {
    values: dataset.dimensions[0]?.values.map(({ id, guide }) => [id, guide]),
    files: from([...reads.files].flatMap(([path, digest]) => (digest === null ? [] : [path]))),
    folders: from(reads.folders?.keys() ?? []),
    definition,
  }
}

it('a passage is called by its file and heading, repeated headings and long sections are numbered', async () => {
  const long = `${'A sentence of some length. '.repeat(6)}`.trim()
  const { values, files, folders } = await passages(
    {
      'docs/guide.md': `Intro.\n\n# Refunds & Returns\n\nFirst.\n\n# Refunds, returns\n\nSecond.\n\n# Long\n\n${long}`,
      'docs/b.txt': 'Bee.',
      'docs/c.xml': 'x',
    },
    { files: ['docs/*'], split: { max: 20 } },
  )
  expect(values?.map(([id]) => id)).toEqual([
    'b.txt',
    'guide.md',
    'guide.md#refunds-returns',
    'guide.md#refunds-returns-2',
    'guide.md#long',
    'guide.md#long.2',
    'guide.md#long.3',
  ])
  expect(values?.[3]).toEqual(['guide.md#refunds-returns-2', '# Refunds, returns\n\nSecond.'])
  expect(files).toEqual(['datagen.config.json', 'docs/b.txt', 'docs/guide.md'])
  expect(folders).toEqual(['docs'])
})

it('files of one name in different folders go by their paths; a folder that is not there yet is remembered', async () => {
  const { values, folders } = await passages(
    { 'a/x.md': 'One.', 'a/deep/er/y.md': 'Two.', 'b/x.md': 'Three.', 'a/.hidden/z.md': 'No.' },
    { files: ['a/**/*.md', 'b/*.md'] },
  )
  expect(values?.map(([id]) => id)).toEqual(['deep/er/y.md', 'a/x.md', 'b/x.md'])
  expect(folders).toEqual(['a', 'a/deep', 'a/deep/er', 'b'])
})

it('rows of JSONL and CSV are passages by the columns named', async () => {
  expect(
    (
      await passages(
        {
          'faq.jsonl': '{"text":"How do I return a thing, and when?\u2028"}\n\n{"text":"How do I return a thing I broke?"}\n{"text":""}\n',
        },
        { files: ['faq.jsonl'] },
      )
    ).values,
  ).toEqual([
    ['faq.jsonl#how-do-i-return-a-thing', 'How do I return a thing, and when?'],
    ['faq.jsonl#how-do-i-return-a-thing-2', 'How do I return a thing I broke?'],
  ])
  expect(
    (
      await passages(
        { 'faq.csv': '\uFEFFid,question,answer\r\nQ1,"Why, then?","So.\nReally."\r\nQ2,Where?,\r\n' },
        { files: ['faq.csv'], text: ['question', 'answer'], id: 'id' },
      )
    ).values,
  ).toEqual([
    ['Q1', 'question: Why, then?\n\nanswer: So.\nReally.'],
    ['Q2', 'question: Where?'],
  ])
})

it('what a document says does not belong to the definition, which would look at every item anew', async () => {
  const one = await passages({ 'a.md': 'One.' }, { files: ['a.md'] })
  const other = await passages({ 'a.md': 'Other.' }, { files: ['a.md'] })
  expect(one.definition).toBe(other.definition)
  expect(one.values).not.toEqual(other.values)
})
