/** The conformance suite, from OCI's distribution spec 1.1: one table, for any registry. */
import { CONDITIONS } from './conditions'
import { DISCOVERY } from './discovery'
import { MANAGEMENT } from './management'
import { PULL } from './pull'
import { PUSH_BLOBS } from './push-blobs'
import { PUSH_MANIFESTS } from './push-manifests'
import { REFUSALS } from './refusals'

export const CASES = [
  ...Object.entries({
    PULL,
    PUSH_BLOBS,
    PUSH_MANIFESTS,
    CONDITIONS,
    DISCOVERY,
    MANAGEMENT,
    REFUSALS,
  }).flatMap(([part, cases]) => cases.map((one) => ({ ...one, part }))),
]
