import { defineConfig } from 'vitest/config'
import { onlyElsewhere } from './scripts/lib/only-elsewhere.mjs'

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,mjs}'],
    exclude: ['test/runtimes/**', '**/node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Processes, not threads: crypto, sockets and WebAssembly instances of one file never touch those of another.
    pool: 'forks',
    maxWorkers: 2,
    restoreMocks: true,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.d.ts', 'src/kernels/embedded.ts', ...onlyElsewhere.map(entry => entry.path)],
      reporter: ['text-summary', 'json-summary', 'lcov'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90, branches: 90 },
    },
  },
})
