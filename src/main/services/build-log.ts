/**
 * What the classic builder says, made into lines and steps. It writes "Step 2/5 : COPY . /app", then
 * " ---> Using cache" or what runs, then " ---> ID" (moby builder/dockerfile); red is standard error.
 */
import type { LogLine } from '@shared/models'
import type { ProgressLine } from '../docker/progress'
import { layerProgress } from './layer-progress'
import type { TaskRun } from './tasks'

/** What the builder says of its own doings. */
const DETAIL = /^(?: ?---> |Removing intermediate container )/
const STEP = /^Step (\d+\/\d+) : (.*)/
/** What terminals take as commands. */
const SEQUENCE = /\u001b\[[0-9;?]*[A-Za-z]/g
const RED = '\u001b[91m'

export class BuildLog {
  /** The step that is under way ("3/7 RUN make"); null before the first. */
  step: string | null = null
  private cached = false
  private rest = ''
  private readonly pulled: (line: ProgressLine) => void

  constructor(private readonly run: TaskRun) {
    this.pulled = layerProgress(run)
  }

  line(line: ProgressLine): void {
    const { stream, status, id, progressDetail } = line
    if (typeof stream === 'string') this.take(stream)
    else if (!status) return
    // Of a layer that is pulled every moment is told: its bar shows that better.
    else if (id && progressDetail) this.pulled(line)
    else this.run.log({ kind: 'detail', text: id ? `${id}: ${status}` : status })
  }

  /** All went well; the last line may have no end. */
  end(): void {
    if (this.rest !== '') this.take('\n')
    this.finishStep()
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.say(line)
  }

  private say(raw: string): void {
    const red = raw.includes(RED)
    // Of a line that a program wrote over and over, what it was at last.
    const text = (raw.replace(/\r$/, '').split('\r').at(-1) ?? '').replace(SEQUENCE, '')
    if (text.trim() === '') return
    const step = STEP.exec(text)
    if (step) this.begin(`${step[1]} ${step[2]}`)
    if (text.startsWith(' ---> Using cache')) this.cached = true
    const kind = step ? 'step' : red ? 'error' : DETAIL.test(text) ? 'detail' : 'output'
    this.run.log({ kind, text } satisfies LogLine)
  }

  private begin(step: string): void {
    this.finishStep()
    this.step = step
    this.cached = false
    this.run.item(step, { state: 'working', status: 'Building' })
  }

  private finishStep(): void {
    if (this.step === null) return
    const state = this.cached ? 'exists' : 'done'
    this.run.item(this.step, { state, status: this.cached ? 'Using cache' : 'Built' })
  }
}
