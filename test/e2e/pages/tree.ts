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

  /** "12 matches", once the filter has found. */
  private get matches(): Locator {
    return this.page.locator('.tree-box', { has: this.root }).locator('.matches')
  }

  /** Types into the filter and answers with what is found: path and mark, in the tree's order. */
  async search(query: string): Promise<{ path: string; change: string | null }[]> {
    await this.page.getByTestId(`${this.name}-filter`).fill(query)
    await this.matches.waitFor()
    return this.page.getByTestId(`${this.name}-tree-row`).evaluateAll((rows) =>
      rows.map((row) => ({
        path: row.getAttribute('data-path') ?? '',
        change: row.getAttribute('data-change'),
      })),
    )
  }

  async clearSearch(): Promise<void> {
    await this.page.getByTestId(`${this.name}-filter`).fill('')
    await this.matches.waitFor({ state: 'detached' })
  }
}
