import type { Locator, Page } from 'playwright-core'

/** A table of the app; `name` is that of its test ids. */
export class TablePanel {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  get rows(): Locator {
    return this.page.getByTestId(`${this.name}-row`)
  }

  /** The one row in which `text` stands. */
  row(text: string): Locator {
    return this.rows.filter({ hasText: text }).first()
  }

  async filter(text: string): Promise<void> {
    await this.page.getByTestId(`${this.name}-filter`).fill(text)
  }

  /** From the keyboard: the table gets the focus, the row is reached by arrows, Enter opens it. */
  async openByKeyboard(text: string): Promise<void> {
    const table = this.page.getByTestId(`${this.name}-table`)
    await this.row(text).waitFor()
    await table.focus()
    await this.page.keyboard.press('Home')
    const count = await this.rows.count()
    for (let step = 0; step < count; step++) {
      const active = this.rows.and(this.page.locator('.active'))
      if ((await active.innerText()).includes(text)) {
        await this.page.keyboard.press('Enter')
        return
      }
      await this.page.keyboard.press('ArrowDown')
    }
    throw new Error(`no row with ${text} is reached by the arrow keys`)
  }
}
