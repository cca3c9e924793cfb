/** Is a new daemon.json sound? dockerd itself is asked where it is there (`--validate`, from 23.0 on). */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SettingsCheck } from '@shared/doctor'
import { keysIn, listOf } from './document'

const VALIDATE_LIMIT = 10_000

/** HOST, HOST:PORT, or a network (10.0.0.0/8): without a scheme, without a path. */
const INSECURE =
  /^(?:[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?|\[[a-f0-9:.]+\])(?::\d{1,5})?$|^[a-f0-9.:]+\/\d{1,3}$/i

/** Keys that dockerd 20.10 to 28 know; a file may hold newer ones, which is said and not refused. */
const KNOWN = new Set(
  `allow-nondistributable-artifacts api-cors-header authorization-plugins bip bip6 bridge
  bridge-accept-fwmark builder cdi-spec-dirs cgroup-parent config-file containerd
  containerd-namespace containerd-plugins-namespace cpu-rt-period cpu-rt-runtime cri-containerd
  data-root debug default-address-pools default-cgroupns-mode default-gateway default-gateway-v6
  default-ipc-mode default-network-opts default-runtime default-shm-size default-ulimits dns
  dns-opts dns-search exec-opts exec-root experimental features firewall-backend fixed-cidr
  fixed-cidr-v6 graph group host-gateway-ip host-gateway-ips hosts http-proxy https-proxy icc
  init init-path insecure-registries ip ip-forward ip-forward-no-drop ip-masq ip6tables iptables
  ipv6 isolation labels live-restore log-driver log-format log-level log-opts
  max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr
  min-api-version mtu network-control-plane-mtu no-new-privileges no-proxy node-generic-resources
  oom-score-adjust pidfile proxies raw-logs registry-mirrors rootless runtimes seccomp-profile
  selinux-enabled shutdown-timeout storage-driver storage-opts swarm-default-advertise-addr tls
  tlscacert tlscert tlskey tlsverify userland-proxy userland-proxy-path userns-remap validate`.split(
    /\s+/,
  ),
)

/** `dockerd`: the program of the daemon itself; null where it does not run on this machine. */
export async function checkSettings(text: string, dockerd: string | null): Promise<SettingsCheck> {
  const problems = ownProblems(text)
  const byKeys = { by: 'keys' as const, problems, unknown: unknownKeys(text) }
  if (problems.length > 0 || dockerd === null) return byKeys
  const said = await validate(text, dockerd)
  return said === null ? byKeys : { by: 'dockerd', problems: said, unknown: [] }
}

/** Keys of the top level that no dockerd up to 28 knows: this one may be newer. */
function unknownKeys(text: string): string[] {
  return keysIn(text).filter((key) => !KNOWN.has(key))
}

/** An address of `registry-mirrors`: dockerd refuses a path, a query and a user. */
export function mirrorProblem(text: string): string | null {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return `"${text}" is not an address: https://HOST`
  }
  if (!/^https?:$/.test(url.protocol)) return `"${text}" must begin with https:// or http://`
  if (url.pathname !== '/' || url.search || url.hash) return `"${text}" must not have a path`
  if (url.username || url.password) return `"${text}" must not have a user`
  return null
}

function ownProblems(text: string): string[] {
  const insecure = (listOf(text, 'insecure-registries') ?? [])
    .filter((one) => !INSECURE.test(one))
    .map((one) => `"${one}" in insecure-registries is not a host with a port`)
  const mirrors = (listOf(text, 'registry-mirrors') ?? []).flatMap(
    (one) => mirrorProblem(one) ?? [],
  )
  return [...insecure, ...mirrors]
}

/** What dockerd says against a file; null where it cannot be asked (20.10 has no --validate). */
async function validate(text: string, dockerd: string): Promise<string[] | null> {
  const folder = await mkdtemp(join(tmpdir(), 'lamina-check-')).catch(() => null)
  if (folder === null) return null
  try {
    const file = join(folder, 'daemon.json')
    await writeFile(file, text, { mode: 0o600 })
    const { code, output } = await runProgram(dockerd, ['--validate', '--config-file', file])
    if (code === 0) return []
    if (code === null || /unknown flag|not defined/i.test(output)) return null
    return [output.trim().replaceAll(file, 'daemon.json') || `dockerd ended with ${code}`]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function runProgram(
  program: string,
  args: string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const options = { timeout: VALIDATE_LIMIT, encoding: 'utf8' as const }
    execFile(program, args, options, (error, stdout, stderr) => {
      // A program that is not there, or that had to be ended, has no code of its own.
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, output: stderr + stdout })
    })
  })
}
