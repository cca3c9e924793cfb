import type { Locator, Page } from 'playwright-core'

/** The registry doctor and the mirrors. */
export class DoctorPage {
  constructor(private readonly page: Page) {}

  /** From the list of registries. */
  async open(): Promise<void> {
    await this.page.getByTestId('registries-doctor').click()
    await this.page.getByTestId('doctor-page').waitFor()
  }

  /** Types an address, presses Enter, waits for the fault and answers with it. */
  async diagnose(address: string): Promise<string> {
    await this.page.getByTestId('doctor-address').fill(address)
    await this.page.getByTestId('doctor-address').press('Enter')
    return this.fault()
  }

  async fault(): Promise<string> {
    const result = this.page.getByTestId('doctor-result')
    await result.waitFor({ timeout: 60_000 })
    return (await result.getAttribute('data-fault')) ?? ''
  }

  sentence(): Promise<string> {
    return this.page.getByTestId('doctor-sentence').innerText()
  }

  path(): Promise<string> {
    return this.page.getByTestId('settings-path').innerText()
  }

  /** What the change brings. */
  addedLines(): Promise<string> {
    return this.page
      .getByTestId('diff')
      .locator('.added')
      .allInnerTexts()
      .then((lines) => lines.join('\n'))
  }

  /** Of the part that is shown. */
  async apply(): Promise<void> {
    await this.shown('settings-apply').click()
  }

  async applyByKeyboard(): Promise<void> {
    await this.page.getByTestId('settings-apply').focus()
    await this.page.keyboard.press('Enter')
  }

  /** What became of the change: live, restart, refused, at-once. */
  async effect(): Promise<string> {
    const done = this.shown('settings-done')
    await done.waitFor({ timeout: 60_000 })
    return (await done.getAttribute('data-effect')) ?? ''
  }

  /** Tests again, and answers with the new fault. */
  async retest(): Promise<string> {
    await this.page.getByTestId('settings-retest').click()
    await this.page.getByTestId('doctor-asking').waitFor({ state: 'detached', timeout: 60_000 })
    return this.fault()
  }

  /** Takes the last change back and waits until the page says so. */
  async undo(): Promise<void> {
    await this.page.getByTestId('settings-undo').click()
    await this.page.getByTestId('settings-undone').waitFor({ timeout: 60_000 })
  }

  insecure(): Promise<string> {
    return this.page.getByTestId('settings-insecure').innerText()
  }

  mirrors(): Promise<string> {
    return this.page.getByTestId('settings-mirrors').innerText()
  }

  /** Adds the registry to Lamina's own list, for direct pushes. */
  async addDirect(): Promise<void> {
    await this.page.getByTestId('doctor-direct-add').click()
    await this.page.getByTestId('doctor-direct-added').waitFor()
  }

  async showMirrors(): Promise<void> {
    await this.page.getByTestId('doctor-tab-mirrors').click()
    await this.page.getByTestId('mirrors-panel').waitFor()
  }

  /** Adds a mirror and answers with what its test found. */
  async addMirror(url: string): Promise<string> {
    await this.page.getByTestId('mirror-url').fill(url)
    await this.page.getByTestId('mirror-url').press('Enter')
    const row = this.page.getByTestId('mirrors-list').getByTestId('mirror').filter({ hasText: url })
    const tested = row.and(
      this.page.locator('[data-state=alive],[data-state=empty],[data-state=dead]'),
    )
    await tested.waitFor({ timeout: 60_000 })
    return (await tested.getAttribute('data-state')) ?? ''
  }

  /** The other part of the page keeps what it had, hidden. */
  private shown(testid: string): Locator {
    return this.page.getByTestId(testid).locator('visible=true')
  }
}
