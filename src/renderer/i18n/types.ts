/** Every path to a string of a tree of messages: `images.dialog.tag.title`. */
export type LeafKey<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : LeafKey<T[K], `${Prefix}${K}.`>
}[keyof T & string]
