/** Tests run from the sources; only the CLI, examples, docs and crash tests run what `npm run build` made. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["./test/seed.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two workers saturate two cores, and tests that start processes need some room.
    maxWorkers: 2,
  },
});
