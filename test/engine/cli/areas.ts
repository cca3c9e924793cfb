import { answers } from './cases/answers'
import { building } from './cases/build'
import { buildContexts } from './cases/build-contexts'
import { buildCopies } from './cases/build-copy'
import { buildDetails } from './cases/build-details'
import { commit } from './cases/commit'
import { containers } from './cases/containers'
import { copy } from './cases/copy'
import { create } from './cases/create'
import { images } from './cases/images'
import { importing } from './cases/import'
import { inspect } from './cases/inspect'
import { mounts, volumes } from './cases/mounts'
import { oci } from './cases/oci'
import { registries } from './cases/registry'
import { prune, rmi } from './cases/rmi'
import { saveLoad } from './cases/save-load'
import { running } from './cases/running'
import { eventing, system } from './cases/system'
import { tag } from './cases/tag'
import type { Area } from './harness/area'

export const AREAS: Area[] = [
  images,
  inspect,
  tag,
  rmi,
  prune,
  saveLoad,
  importing,
  create,
  mounts,
  volumes,
  containers,
  copy,
  commit,
  registries,
  building,
  buildCopies,
  buildDetails,
  buildContexts,
  system,
  eventing,
  oci,
  answers,
  running,
]
