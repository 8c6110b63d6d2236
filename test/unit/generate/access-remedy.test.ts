import { expect, test } from 'vitest'
import { PROVIDERS } from '../../../src/config/providers.ts'
import { accessRemedy } from '../../../src/generate/access-remedy.ts'

const openai = {
  name: 'writer',
  provider: 'openai',
  model: 'gpt-5',
  apiKeyEnv: 'OPENAI_API_KEY',
  baseUrl: PROVIDERS.openai?.baseUrl as string,
}
const own = { name: 'judge', provider: 'openai', model: 'qwen', baseUrl: 'http://127.0.0.1:8000' }

test('a wrong key is mended where it stands, and where none was named, one is', () => {
  expect([accessRemedy(openai, 'auth'), accessRemedy(own, 'auth')]).toEqual([
    'put a key that is valid there into OPENAI_API_KEY',
    'name the variable that holds its key: apiKeyEnv in models.judge',
  ])
})

test('a server of one’s own is started or its address corrected; the way to a provider is the network’s matter', () => {
  expect([accessRemedy(openai, 'connection-refused'), accessRemedy(own, 'connection-refused')]).toEqual([
    'look at the network; behind a proxy set HTTPS_PROXY',
    'start it, or correct `baseUrl` in models.judge',
  ])
  expect(accessRemedy(own, 'unknown-host')).toBe('correct `baseUrl` in models.judge, or look at the network')
})

test('an address without an API is told how most end', () => {
  expect([
    accessRemedy(own, 'not-found'),
    accessRemedy({ ...own, baseUrl: 'http://127.0.0.1:8000/v1' }, 'not-found'),
    accessRemedy(openai, 'not-found'),
  ]).toEqual(['correct `baseUrl` in models.judge: that of most servers ends in /v1', undefined, undefined])
})

test('what only time mends has no remedy', () => {
  expect(['rate-limit', 'server-error', 'timeout'].map((code) => accessRemedy(openai, code))).toEqual([undefined, undefined, undefined])
  expect(accessRemedy(openai, 'long-wait')).toBe('what was answered is kept: build again then')
})
