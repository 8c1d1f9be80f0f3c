/** Runs `work`. What it registered with `onFinished` runs at the end, the last first. */
export async function withCleanup<T>(
  work: (onFinished: (undo: () => Promise<void>) => void) => Promise<T>,
): Promise<T> {
  const undoing: (() => Promise<void>)[] = []
  try {
    return await work((undo) => undoing.push(undo))
  } finally {
    for (const undo of undoing.toReversed()) await undo()
  }
}
