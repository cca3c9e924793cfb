import type { Locator, Page } from 'playwright-core'

/** A tree of files (`name` is that of its test ids): the marks of changed files, and a filter. */
export class TreePanel {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  get root(): Locator {
    return this.page.getByTestId(`${this.name}-tree`)
  }

  row(path: string): Locator {
    return this.root.locator(`[data-testid=${this.name}-tree-row][data-path="${path}"]`)
  }

  /** added, changed or deleted; null for what the layer leaves alone. It is looked for by name. */
  async change(path: string): Promise<string | null> {
    const name = path.split('/').at(-1) ?? path
    await this.page.getByTestId(`${this.name}-filter`).fill(name)
    const row = this.row(path)
    await row.waitFor()
    const change = await row.getAttribute('data-change')
    await this.clearSearch()
    return change
  }

  /** Types into the filter and answers with the paths found. */
  async search(query: string): Promise<string[]> {
    await this.page.getByTestId(`${this.name}-filter`).fill(query)
    await this.root.locator('[aria-busy=true]').waitFor({ state: 'detached' })
    const rows = this.page.getByTestId(`${this.name}-tree-row`)
    await rows.first().waitFor()
    return rows.evaluateAll((found) => found.map((row) => row.getAttribute('data-path') ?? ''))
  }

  /** The first of these (shown) paths that is a plain file: it can be opened no further. */
  async firstFile(paths: string[]): Promise<string> {
    const isFolder = (path: string): boolean => paths.some((other) => other.startsWith(`${path}/`))
    const found = paths.find((path) => path.includes('/') && !isFolder(path))
    if (found === undefined) throw new Error(`no file among ${paths.join(', ')}`)
    return found
  }

  async clearSearch(): Promise<void> {
    await this.page.getByTestId(`${this.name}-filter`).fill('')
  }
}
