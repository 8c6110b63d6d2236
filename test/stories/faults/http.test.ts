/** Faults of HTTP, each against a real server: what becomes of the cell, how often it is asked, how long is waited, what is said. */
import { afterAll, beforeAll, test } from 'vitest'
import { startServer, type TestServer } from '../../rig/server.ts'
import { HTTP_STORIES } from './http-stories.ts'
import { tell } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

test.each(HTTP_STORIES)('$id $name', async (story) => {
  await tell(server, story)
})
