/** Runs `work`; whatever it registered with `onFinished` is undone at its end, the last first. */
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
