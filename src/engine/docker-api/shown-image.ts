import type { ContainerRecord } from '../container/record'
import type { Services } from './services'
import { names } from './shapes/images'

/** The name that a container was made from, as long as it leads to the same image; else its id. */
export function shownImage({ store }: Services, { image, imageId }: ContainerRecord): string {
  const view = store.images.get(imageId)
  if (view && names(view).repoTags.includes(image)) return image
  try {
    return store.images.resolve(image).id === imageId ? image : imageId
  } catch {
    return imageId
  }
}
