import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // Some stories begin with a whole build.
    hookTimeout: 60_000,
    // Two cores: more workers only make timings worse.
    maxWorkers: 2,
    env: { NODE_ENV: 'test' },
    projects: [
      // Small files by the hundred: making a worker for each takes longer than most of them do.
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.{ts,tsx}'], exclude: ['test/unit/**', '**/node_modules/**'] } },
    ],
  },
})
