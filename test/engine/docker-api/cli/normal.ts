/**
 * What may differ between two engines that do the same is written alike: ids are numbered in the
 * order in which a side first showed them, so that the same number means the same thing; times and
 * the places where things lie get one word each. Everything else must be equal to the letter.
 */
import type { Side } from './sides'

export class Normalizer {
  private readonly ids: string[] = []

  constructor(private readonly side: Side) {}

  /** @param sorted lines in an order that dockerd leaves to chance */
  apply(text: string, sorted = false): string {
    const plain = text
      // What the CLI says when an answer comes before it has sent all: a race of its own.
      .replace(/^time=.*closed pipe"\n/gm, '')
      .replaceAll(this.side.root, 'ROOT')
      .replaceAll(this.side.folder, 'FOLDER')
      .replaceAll(this.side.registry, 'REGISTRY')
      .replace(/\b[0-9a-f]{64}\b/g, (id) => `ID${this.number(id)}`)
      .replace(/\b[0-9a-f]{12}\b/g, (id) => this.short(id))
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| [+-]\d{4} UTC)?/g, 'TIME')
      .replace(/(?:Less than a second|About (?:a|an) \w+|\d+ (?:second|minute|hour)s?) ago/g, 'AGO')
      .replace(/ {2,}/g, '  ')
    if (!sorted) return plain
    return plain.split('\n').sort().join('\n')
  }

  private number(id: string): number {
    const known = this.ids.indexOf(id)
    return known >= 0 ? known : this.ids.push(id) - 1
  }

  private short(id: string): string {
    const known = this.ids.findIndex((full) => full.startsWith(id))
    return known >= 0 ? `SHORT${known}` : `UNKNOWN`
  }
}
