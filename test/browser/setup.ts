import { beforeEach, inject } from 'vitest'
import { isKnownToFail } from './engines/known-failures.ts'

// Inverts a test that is known to fail in this engine: it passes for as long as it fails, and fails once it passes.
beforeEach(({ task }) => {
  Object.assign(task, { fails: isKnownToFail(inject('engine'), task.fullName) })
})
