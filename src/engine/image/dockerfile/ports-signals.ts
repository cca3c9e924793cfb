/** EXPOSE's ports and STOPSIGNAL's signals, checked as dockerd checks them. */
import { isIP } from 'node:net'
import { refuse } from './refuse'

const PROTOCOLS = ['tcp', 'udp', 'sctp']
const MAX_PORT = 65_535

/**
 * `80`, `53/udp`, `7000-7002/tcp`, also with an address and a port of the host before it, as keys of
 * `ExposedPorts` (docker/go-connections nat.ParsePortSpec).
 */
export function exposedPorts(spec: string): string[] {
  const parts = spec.split(':')
  const [container = '', protocol = ''] = (parts.pop() as string).split('/')
  const host = parts.pop() ?? ''
  const address = parts.join(':').replace(/^\[(.*)\]$/, '$1')
  if (address !== '' && isIP(address) === 0) throw refuse(`Invalid ip address: ${address}`)
  if (container === '') throw refuse(`No port specified: ${spec}<empty>`)
  const range = portRange(container)
  if (!range) throw refuse(`Invalid containerPort: ${container}`)
  const { first, last } = range
  if (host !== '') checkHostPorts(container, host, last - first)
  const name = protocol === '' ? 'tcp' : protocol.toLowerCase()
  if (!PROTOCOLS.includes(name)) throw refuse(`Invalid proto: ${protocol}`)
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${name}`)
}

function checkHostPorts(container: string, host: string, count: number): void {
  const range = portRange(host)
  if (!range) throw refuse(`Invalid hostPort: ${host}`)
  if (count > 0 && range.last - range.first !== count)
    throw refuse(`Invalid ranges specified for container and host Ports: ${container} and ${host}`)
}

function portRange(text: string): { first: number; last: number } | null {
  const [from = '', to = from] = text.split('-')
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) return null
  const [first, last] = [Number(from), Number(to)]
  return first > MAX_PORT || last > MAX_PORT || last < first ? null : { first, last }
}

const SIGNALS = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP ' +
    'SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
)

/** Any number but 0, or a name with or without "SIG"; `RTMIN+1` … `RTMAX-1` too (moby pkg/signal). */
export function knownSignal(signal: string): boolean {
  if (/^[-+]?\d+$/.test(signal)) return Number(signal) !== 0
  const name = signal.toUpperCase().replace(/^SIG/, '')
  const realtime = /^RT(MIN\+|MAX-)(\d+)$/.exec(name)
  if (realtime) return Number(realtime[2]) <= (realtime[1] === 'MIN+' ? 15 : 14)
  return SIGNALS.has(name)
}
