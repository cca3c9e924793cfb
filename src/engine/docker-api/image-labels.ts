/** What Docker's image events carry beside the name. */
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'

export function imageLabels(
  { images }: Pick<Store, 'images'>,
  id: Digest,
): Readonly<Record<string, string>> {
  return images.get(id)?.labels ?? {}
}
