/** EXPOSE's ports and STOPSIGNAL's signals, checked as dockerd checks them. */
import { refuse } from './parse'

const PORT = /^(?:[^:]*:)?(?:\d*(?:-\d+)?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/

/** `80`, `53/udp`, `7000-7002/tcp` as keys of `ExposedPorts`. */
export function exposedPorts(spec: string): string[] {
  const match = PORT.exec(spec)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  const protocol = (match?.[3] ?? 'tcp').toLowerCase()
  if (!match) throw refuse(`invalid containerPort: ${spec.replace(/\/\w+$/, '')}`)
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw refuse(`Invalid proto: ${protocol}`)
  if (first > 65_535 || last > 65_535 || last < first)
    throw refuse(`Invalid containerPort: ${spec.replace(/\/\w+$/, '')}`)
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`)
}

const SIGNALS = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP ' +
    'SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
)

/** A number from 1 to 64, or a name with or without "SIG"; `RTMIN+1` … `RTMAX-1` too. */
export function knownSignal(signal: string): boolean {
  if (/^\d+$/.test(signal)) return Number(signal) >= 1 && Number(signal) <= 64
  const name = signal.toUpperCase().replace(/^SIG/, '')
  const realtime = /^RT(MIN\+|MAX-)(\d+)$/.exec(name)
  if (realtime) return Number(realtime[2]) <= (realtime[1] === 'MIN+' ? 15 : 14)
  return SIGNALS.has(name)
}
