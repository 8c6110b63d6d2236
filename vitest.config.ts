import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    // Two cores: more workers only make timings worse.
    maxWorkers: 2,
    env: { NODE_ENV: 'test' },
  },
})
