/** What Docker's image events carry beside the name. */
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'

export async function imageLabels(
  { images }: Pick<Store, 'images'>,
  id: Digest,
): Promise<Record<string, string>> {
  const { config } = await images.config(id)
  return config?.Labels ?? {}
}
