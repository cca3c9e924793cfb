import { parseArgs } from 'node:util'
import { runsOf } from './turns'
import { w2, w3, type Workload } from './workloads'

/** `[--workload w2|w3] [--runs N]` of a push or a pull; W3 and 3 where nothing is said. */
export async function transferOptions(
  args: string[],
): Promise<{ runs: number; workload: Workload }> {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '3' },
      workload: { type: 'string', default: 'w3' },
    },
  })
  const { workload } = values
  if (workload !== 'w2' && workload !== 'w3') throw new Error('--workload: w2 or w3')
  return { runs: runsOf(values.runs), workload: workload === 'w2' ? await w2() : await w3() }
}
