import { answers } from './cases/answers'
import { archiveDetails } from './cases/archive-details'
import { buildCli } from './cases/build-cli'
import { building } from './cases/build'
import { buildContexts } from './cases/build-contexts'
import { buildCopies } from './cases/build-copy'
import { buildDetails } from './cases/build-details'
import { commit } from './cases/commit'
import { containers } from './cases/containers'
import { copy } from './cases/copy'
import { create } from './cases/create'
import { createDetails } from './cases/create-details'
import { createFlags } from './cases/create-flags'
import { imageDetails } from './cases/image-details'
import { images } from './cases/images'
import { importing } from './cases/import'
import { inspect } from './cases/inspect'
import { mounts, volumes } from './cases/mounts'
import { oci } from './cases/oci'
import { neverRan } from './cases/never-ran'
import { ps } from './cases/ps'
import { registries } from './cases/registry'
import { registryDetails } from './cases/registry-details'
import { prune, rmi } from './cases/rmi'
import { saveLoad } from './cases/save-load'
import { running } from './cases/running'
import { eventing, system } from './cases/system'
import { systemDetails } from './cases/system-details'
import { tag } from './cases/tag'
import type { Area } from './harness/area'

export const AREAS: Area[] = [
  images,
  imageDetails,
  inspect,
  tag,
  rmi,
  prune,
  saveLoad,
  archiveDetails,
  importing,
  create,
  createFlags,
  createDetails,
  mounts,
  volumes,
  containers,
  ps,
  neverRan,
  copy,
  commit,
  registries,
  registryDetails,
  building,
  buildCopies,
  buildDetails,
  buildContexts,
  buildCli,
  system,
  systemDetails,
  eventing,
  oci,
  answers,
  running,
]
