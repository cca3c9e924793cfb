/** What `--platform` may be (containerd platforms.Parse), in containerd's words. */
import { refused } from '../container/wording'

const COMPONENT = '^[A-Za-z0-9_-]+$'
const SYSTEMS =
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'
const PROCESSORS =
  '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le mips mipsle mips64 mips64le mips64p32 mips64p32le ' +
  'ppc riscv riscv64 s390 s390x sparc sparc64 wasm i386 x86_64 x86-64 aarch64 armhf armel macos'
const KNOWN = new Set(`${SYSTEMS} ${PROCESSORS}`.split(' '))

/** @throws LaminaError engine_refused */
export function checkPlatform(text: string): void {
  const fault = platformFault(text)
  if (fault !== null) throw refused(fault)
}

/** What is wrong with it; null: nothing. */
export function platformFault(text: string): string | null {
  const quoted = JSON.stringify(text)
  const parts = text.split('/')
  const strange = parts.find((part) => !new RegExp(COMPONENT).test(part))
  if (strange !== undefined) {
    return `${JSON.stringify(strange)} is an invalid component of ${quoted}: platform specifier component must match ${JSON.stringify(COMPONENT)}: invalid argument`
  }
  if (parts.length > 3) return `${quoted}: cannot parse platform specifier: invalid argument`
  if (parts.length === 1 && !KNOWN.has(text.toLowerCase())) {
    return `${quoted}: unknown operating system or architecture: invalid argument`
  }
  return null
}
