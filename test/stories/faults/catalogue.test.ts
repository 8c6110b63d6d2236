/** Every fault of the catalogue has a story: here, or where the capability is that it strikes. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CONTENT_STORIES } from './content-stories.ts'
import { HTTP_STORIES } from './http-stories.ts'

const CATALOGUE: { readonly [id: string]: string } = {
  H1: '429 on a fifth of requests',
  H2: 'the quota is used up',
  H3: 'Retry-After of a day, in the past, or no number',
  H4: 'limits that are negative',
  H5: 'a storm of 5xx for a minute',
  H6: '408, 409, 425',
  H7: '400, 401, 403, 404, 413, 422',
  H8: '400 content_filter',
  H9: 'resets before and after the headers, and in the body',
  H10: 'one request in a thousand is never answered',
  H11: 'a byte at a time',
  H12: '200 with a web page, nothing, null, a list',
  H13: '200 with an error inside',
  H14: 'truncated JSON, and more than one value',
  H15: 'streams that end badly, and unusual ones',
  H16: 'one answer for two requests',
  H17: 'another model than was asked',
  H18: 'bodies that are too much',
  H19: 'redirects',
  H20: 'certificates',
  H21: 'names that cannot be looked up',
  H22: 'proxies',
  H23: 'idle connections closed as a request comes',
  H24: 'more calls than open files',
  H25: 'the server’s clock is a day off',
  H26: 'an alias that moves in the middle of a build',
  H27: 'a prompt that the server cuts',
  T1: 'no choices, no content, refusals, tools',
  T2: 'cut off with good JSON',
  T3: 'usage that is missing or cannot be',
  T4: 'half characters, bytes that are no text, line ends',
  T5: 'ten megabytes of prompt and answer',
  T6: 'JSON with keys twice, large numbers, great depth',
  T7: '__proto__ and its kin',
  T8: 'YAML',
  T9: 'escapes for terminals',
  T10: 'markup for pages',
  T11: 'formulas for spreadsheets',
  T12: 'rows that tell their judge what to say',
  T13: 'weights that are none',
  T14: 'names twice',
  T15: 'a billion cells, and none',
  T16: 'circles, and very long chains',
  T17: 'paths that lead elsewhere',
  T18: 'schemas that refer elsewhere or to themselves',
  T19: 'prompts that read the environment',
}

/** Stories that stand elsewhere; titles are looked for in the file. */
const ELSEWHERE: readonly (readonly [id: string, file: string, title: string])[] = [
  ['H1', 'laws/rates.test.ts', 'with a fifth of all refused besides'],
  ['H2', 'stories/faults/http.test.ts', 'H2 no more calls than were in flight follow'],
  ['H4', 'unit/generate/rate/server-limits.test.ts', 'Azure’s unknowns'],
  ['H5', 'laws/rates.test.ts', 'a server that goes away for a minute'],
  ['H7', 'stories/canary.test.ts', 'goes alone, and its answer is kept'],
  ['H8', 'stories/faults/http.test.ts', 'H8 what a filter refused is asked again when'],
  ['H8', 'unit/schedule/jobs.test.ts', 'a prompt that a filter refused is remembered'],
  ['H10', 'laws/rates.test.ts', 'one request in a thousand that hangs for ever'],
  ['H10', 'unit/generate/hang.test.ts', 'the others are done before its deadline'],
  ['H11', 'unit/generate/time-limits.test.ts', 'the whole attempt has a limit of its own, whatever trickles in'],
  ['H12', 'stories/faults/http.test.ts', 'H12, H14 what was no answer is kept to be looked at'],
  ['H14', 'stories/faults/http.test.ts', 'H12, H14 what was no answer is kept to be looked at'],
  ['H15', 'unit/generate/stream.test.ts', 'that ends anywhere else is no answer, wherever it is cut'],
  ['H15', 'unit/generate/stream.test.ts', 'arrives the same in any packets'],
  ['H16', 'stories/doubtful-answers.test.ts', 'one answer for two requests (H16)'],
  ['H17', 'stories/doubtful-answers.test.ts', 'of another family is told'],
  ['H18', 'unit/generate/openai.test.ts', 'a gzip bomb is not unpacked beyond the limit'],
  ['H18', 'unit/generate/openai.test.ts', 'a body without end is cut off at the limit'],
  ['H19', 'unit/generate/openai.test.ts', 'is not followed: neither key nor prompt reach the other host'],
  ['H19', 'stories/faults/http.test.ts', 'H19 whose answer is a redirect to a connection without one'],
  ['H20', 'stories/faults/http.test.ts', 'whose certificate is not to be trusted ends the build before a word is said'],
  ['H20', 'stories/faults/http.test.ts', 'that breaks in the middle of an answer is not tried again'],
  ['H21', 'stories/faults/http.test.ts', 'one that has no address ends the build at once'],
  ['H21', 'stories/faults/http.test.ts', 'one that cannot be looked up just now is tried again'],
  ['H21', 'stories/faults/http.test.ts', 'of an address that leads nowhere and one that does'],
  ['H22', 'unit/generate/proxy.test.ts', 'a proxy that breaks the connection is tried again'],
  ['H22', 'unit/generate/proxy.test.ts', 'credentials of the address go to the proxy, and to nobody else'],
  ['H23', 'stories/faults/http.test.ts', 'H23 connections that the server closes'],
  ['H23', 'unit/generate/connections.test.ts', 'of 1,200 calls over 40 connections that close by chance'],
  ['H24', 'stories/faults/http.test.ts', 'H24 with 256 open files and a concurrency of 2,000'],
  ['H26', 'stories/doubtful-answers.test.ts', 'is told when it moved in the middle of a build'],
  ['H27', 'stories/doubtful-answers.test.ts', 'a prompt that the server cut (H27)'],
  ['T3', 'stories/faults/content.test.ts', 'T3 usage that is %s is estimated'],
  ['T3', 'stories/faults/content.test.ts', 'T3 a budget counts answers that say nothing of what they used'],
  ['T4', 'unit/key/canonical.test.ts', 'surrogate'],
  ['T5', 'stories/faults/content.test.ts', 'T5 a prompt of 10 MB arrives whole'],
  ['T5', 'unit/generate/local.test.ts', 'context-length'],
  ['T6', 'stories/faults/content.test.ts', 'T6 a depth of 10,000'],
  ['T7', 'stories/faults/content.test.ts', 'T7 constructor.prototype'],
  ['T8', 'stories/faults/configs.test.ts', 'T8 YAML'],
  ['T9', 'stories/hostile-model.test.ts', 'a clipboard write'],
  ['T9', 'unit/report/safe-text.test.ts', 'u202e'],
  ['T10', 'unit/page/page.test.ts', 'script'],
  ['T11', 'stories/faults/content.test.ts', 'T11 no output is a table'],
  ['T12', 'stories/faults/content.test.ts', 'T12 a row that tells its judge what to say'],
  ['T13', 'stories/faults/configs.test.ts', "'T13', 'weights that are all zero'"],
  ['T14', 'stories/faults/configs.test.ts', "'T14', 'values that look the same'"],
  ['T15', 'stories/faults/configs.test.ts', "'T15', '10⁹ cells'"],
  ['T16', 'stories/faults/configs.test.ts', 'T16 a circle at the end of a chain of 10,000 is named'],
  ['T17', 'stories/faults/configs.test.ts', "'T17', 'an output outside the project'"],
  ['T18', 'stories/faults/configs.test.ts', "'T18', 'a schema that refers to another document'"],
  ['T18', 'unit/util/patient-pattern.test.ts', 'a pattern that would try more ways than there are atoms'],
  ['T19', 'stories/secrets.test.ts', 'a key in a prompt is neither stored nor sent'],
  ['T19', 'stories/faults/configs.test.ts', "'T19', 'a prompt that reads the environment'"],
]

test.each(ELSEWHERE)('%s is told in %s', (_, file, title) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  expect(text.includes(title), title).toBe(true)
})

test('each of the 46 has a story', () => {
  const told = new Set([...HTTP_STORIES.map(({ id }) => id), ...CONTENT_STORIES.map(({ id }) => id), ...ELSEWHERE.map(([id]) => id)])
  expect(Object.keys(CATALOGUE).length).toBe(46)
  expect(Object.keys(CATALOGUE).filter((id) => !told.has(id))).toEqual([])
  expect([...told].filter((id) => !Object.hasOwn(CATALOGUE, id))).toEqual([])
})

test('each story of a fault that shows tells what is said about it', () => {
  const silent = [...HTTP_STORIES, ...CONTENT_STORIES].filter(({ asked, cell, says }) => (asked > 1 || cell !== 'accepted') && !says)
  expect(silent.map(({ id, name }) => `${id} ${name}`)).toEqual([])
})
