/** What a bench has started, mounted or made, taken back in the opposite order whatever happens. */

export class Cleanup {
  private readonly steps: (() => Promise<unknown>)[] = []

  /** Remembers how to take something back. */
  add(step: () => Promise<unknown>): void {
    this.steps.push(step)
  }

  async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      await step().catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
    }
  }
}

/** Does the work and cleans up after it, also when it is interrupted. */
export async function withCleanup(work: (cleanup: Cleanup) => Promise<void>): Promise<void> {
  const cleanup = new Cleanup()
  const interrupted = () => void cleanup.run().finally(() => process.exit(130))
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    await work(cleanup)
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    await cleanup.run()
  }
}
