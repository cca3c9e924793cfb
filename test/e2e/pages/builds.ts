import type { Locator, Page } from 'playwright-core'
import type { RunningApp } from '../app'
import { ImagePage } from './images'

/** The page that builds images. */
export class BuildsPage {
  private constructor(readonly page: Page) {}

  /** From the list of images. */
  static async open(page: Page): Promise<BuildsPage> {
    await page.getByTestId('images-build').click()
    return BuildsPage.shown(page)
  }

  static async shown(page: Page): Promise<BuildsPage> {
    await page.getByTestId('build-page').waitFor()
    return new BuildsPage(page)
  }

  async chooseFolder(app: RunningApp, folder: string): Promise<void> {
    await app.chooseFiles([folder], () => this.page.getByTestId('build-folder').click())
    const name = folder.split('/').at(-1) ?? ''
    await this.page.getByTestId('build-context').filter({ hasText: name }).waitFor()
  }

  async addArg(name: string, value: string): Promise<void> {
    await this.page.getByTestId('build-arg-add').click()
    const row = this.page.getByTestId('build-arg').last()
    await row.getByTestId('build-arg-name').fill(name)
    await row.getByTestId('build-arg-value').fill(value)
  }

  get reference(): Locator {
    return this.page.getByTestId('build-reference')
  }

  /** Builds with the mouse; the image opens. */
  async build(): Promise<ImagePage> {
    await this.page.getByTestId('build-submit').click()
    return ImagePage.shown(this.page)
  }

  /** Builds from the keyboard and waits for the end, which is no image. */
  async buildByKeyboard(reference: string): Promise<void> {
    await this.reference.focus()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.type(reference)
    await this.page.keyboard.press('Enter')
    await this.page.locator('[data-testid=build-run][data-state=failed]').waitFor()
  }

  /** What stands in view of the log. */
  log(): Promise<string[]> {
    return this.page.getByTestId('log-line').allInnerTexts()
  }
}

/** The dialog that cleans up. */
export class CleanUpDialog {
  private constructor(readonly page: Page) {}

  static async shown(page: Page): Promise<CleanUpDialog> {
    await page.getByTestId('clean-up-frees').waitFor()
    return new CleanUpDialog(page)
  }

  frees(): Promise<string> {
    return this.page.getByTestId('clean-up-frees').innerText()
  }

  item(id: string): Locator {
    return this.page.locator(`[data-testid=clean-up-item][data-id="${id}"]`)
  }

  async toggle(id: string): Promise<void> {
    await this.item(id).getByRole('checkbox').click()
  }

  /** Removes with Enter, and answers with the lines of the report. */
  async removeByKeyboard(): Promise<string[]> {
    await this.page.getByTestId('dialog-clean-up-submit').focus()
    await this.page.keyboard.press('Enter')
    await this.page.getByTestId('clean-up-report').waitFor()
    return this.page.getByTestId('log-line').allInnerTexts()
  }

  async close(): Promise<void> {
    await this.page.getByTestId('dialog-clean-up-done').click()
    await this.page.getByTestId('dialog-clean-up').waitFor({ state: 'detached' })
  }
}
