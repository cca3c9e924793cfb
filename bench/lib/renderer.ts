/** The process that draws the page: of Electron's and Chromium's it is the largest renderer. */
import { readdir, readFile } from 'node:fs/promises'

/** MB in memory now (VmRSS) and at most so far (VmHWM). */
export interface RendererMemory {
  now: number
  peak: number
}

/** Of the renderers that this process, or a process of its, has started. */
export async function rendererMemory(): Promise<RendererMemory> {
  const processes = new Map<number, { parent: number; isRenderer: boolean; status: string }>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const read = (file: string) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')
    const [status, command] = await Promise.all([read('status'), read('cmdline')])
    processes.set(Number(name), {
      parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      // Chromium writes its words anew, with spaces between them.
      isRenderer: command.split(/[\0 ]/).includes('--type=renderer'),
      status,
    })
  }
  const isOurs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = processes.get(at)?.parent ?? 0) {
      if (at === process.pid) return true
    }
    return false
  }
  const found: RendererMemory[] = []
  for (const [pid, { isRenderer, status }] of processes) {
    if (!isRenderer || !isOurs(pid)) continue
    const megabytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
    found.push({ now: megabytes('VmRSS'), peak: megabytes('VmHWM') })
  }
  const largest = found.sort((a, b) => b.now - a.now)[0]
  if (!largest) throw new Error('this process has no renderer')
  return largest
}
