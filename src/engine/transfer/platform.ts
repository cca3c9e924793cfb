/** Which image of an index is wanted (OCI image-spec image-index.md; containerd platforms). */
import { arch } from 'node:process'
import { LaminaError } from '@shared/errors'
import type { Descriptor, Index, Platform } from '../oci/manifest'

/** Node's names of processors, as Go's. */
const ARCHITECTURES: Record<string, { architecture: string; variant?: string }> = {
  x64: { architecture: 'amd64' },
  arm64: { architecture: 'arm64', variant: 'v8' },
  arm: { architecture: 'arm', variant: 'v7' },
  ia32: { architecture: '386' },
  ppc64: { architecture: 'ppc64le' },
  mipsel: { architecture: 'mipsle' },
}

/** Linux on this machine's processor: what a container here would run. */
export function hostPlatform(): Platform {
  return { os: 'linux', ...(ARCHITECTURES[arch] ?? { architecture: arch }) }
}

/** `os[/arch[/variant]]` or an architecture alone, as `--platform` takes it; '' means the host's. */
export function parsePlatform(text: string): Platform {
  const host = hostPlatform()
  const parts = text.toLowerCase().split('/').filter(Boolean)
  const [os = host.os, architecture = host.architecture, variant] = parts
  if (parts.length === 0) return host
  if (parts.length === 1 && os !== 'linux' && os !== 'windows' && os !== 'darwin') {
    return { os: host.os, ...normal(os, undefined) }
  }
  return { os, ...normal(architecture, variant) }
}

/**
 * The entry of an index for a platform: the same variant before a lower one before none.
 * Throws `platform_missing`, naming those that are there.
 */
export function choosePlatform(index: Index, wanted: Platform, reference: string): Descriptor {
  const images = index.manifests.filter(isImage)
  const best = images
    .map((entry) => ({ entry, score: score(entry.platform, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (variantOf(a.entry) < variantOf(b.entry) ? 1 : -1))[0]
  if (best) return best.entry
  throw new LaminaError('platform_missing', {
    reference,
    platform: platformName(wanted),
    docker: `no matching manifest for ${platformName(wanted)} in the manifest list entries`,
    available: images.map(({ platform }) => (platform ? platformName(platform) : '?')).join(', '),
  })
}

export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/')
}

/** Whether an entry is an image, and not an attestation that buildx put beside one. */
function isImage({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined
}

function variantOf({ platform }: Descriptor): string {
  return platform?.variant ?? ''
}

function score(platform: Platform | null | undefined, wanted: Platform): number {
  if (!platform) return 1 // an index of one image may name no platform
  const has = normal(platform.architecture, platform.variant)
  const wants = normal(wanted.architecture, wanted.variant)
  if (platform.os !== wanted.os || has.architecture !== wants.architecture) return 0
  if (has.variant === wants.variant) return 4
  if (!has.variant) return 2
  if (!wants.variant) return 2
  return has.variant < wants.variant ? 3 : 0
}

/** arm64 is v8, arm is v7, and other people's names of processors. */
function normal(
  architecture: string,
  variant: string | undefined,
): { architecture: string; variant?: string } {
  switch (architecture) {
    case 'x86_64':
    case 'x86-64':
      return { architecture: 'amd64', ...(variant ? { variant } : {}) }
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: variant || 'v8' }
    case 'armhf':
    case 'arm':
      return { architecture: 'arm', variant: variant || 'v7' }
    default:
      return { architecture, ...(variant ? { variant } : {}) }
  }
}
