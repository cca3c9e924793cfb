import type { Locator, Page } from 'playwright-core'
import type { RunningApp } from '../app'
import { ContainerPage } from './containers'
import { PushPage } from './push'
import { TablePanel } from './table'
import { TreePanel } from './tree'

type RowAction = 'open' | 'create' | 'tag' | 'save' | 'push' | 'remove'

/** The list of images with its dialogs. */
export class ImagesPage {
  readonly table: TablePanel

  constructor(readonly page: Page) {
    this.table = new TablePanel(page, 'images')
  }

  /** The row of an image by its full name (repository:tag). */
  row(reference: string): Locator {
    return this.page.locator(`[data-testid=images-row][data-key="${reference}"]`)
  }

  async open(reference: string): Promise<ImagePage> {
    await this.row(reference).getByRole('link').click()
    return ImagePage.shown(this.page)
  }

  /** Chooses from the menu at the end of a row. */
  async act(reference: string, action: RowAction): Promise<void> {
    await this.row(reference).getByTestId('images-row-menu').click()
    await this.page.getByTestId(`images-row-menu-${action}`).click()
  }

  /** Removes images: selects them, reads the preview, confirms, and answers with the report. */
  async remove(references: string[]): Promise<{ untagged: string[]; deleted: string[] }> {
    for (const reference of references)
      await this.row(reference).getByTestId('images-select').click()
    await this.page.getByTestId('images-remove').click()
    await this.page.getByTestId('dialog-remove-item').first().waitFor()
    await this.page.getByTestId('dialog-remove-submit').click()
    await this.page.getByTestId('dialog-remove-report').waitFor()
    const read = async (kind: string): Promise<string[]> => {
      const lines = await this.page.getByTestId(`remove-report-${kind}`).allInnerTexts()
      return lines.map((line) => line.trim())
    }
    const report = { untagged: await read('untagged'), deleted: await read('deleted') }
    await this.page.getByTestId('dialog-remove-done').click()
    await this.page.getByTestId('dialog-remove').waitFor({ state: 'detached' })
    return report
  }

  /** Pulls by name and opens the image. */
  async pull(reference: string): Promise<ImagePage> {
    await this.page.getByTestId('images-pull').click()
    await this.page.getByTestId('dialog-pull-reference').fill(reference)
    await this.page.getByTestId('dialog-pull-submit').click()
    await endOf(this.page.getByTestId('dialog-pull'), this.page.getByTestId('dialog-pull-done'))
    await this.page.getByTestId('dialog-pull-open').click()
    return ImagePage.shown(this.page)
  }

  /** Chooses an archive in the load dialog and starts; the dialog stays open. */
  async load(app: RunningApp, archive: string): Promise<void> {
    await this.page.getByTestId('images-load').click()
    await app.chooseFiles([archive], () => this.page.getByTestId('dialog-load-file').click())
    await this.page.getByTestId('dialog-load-file-name').waitFor()
    await this.page.getByTestId('dialog-load-submit').click()
  }
}

/** Waits for the good end of what a dialog does; an error that it shows instead is thrown. */
async function endOf(dialog: Locator, good: Locator): Promise<void> {
  const bad = dialog.getByTestId('error-notice')
  await good.or(bad).first().waitFor({ timeout: 180_000 })
  if (await bad.isVisible()) throw new Error((await bad.textContent()) ?? 'an error')
}

/** One image: its layers and their files. */
export class ImagePage {
  readonly files: TreePanel

  private constructor(readonly page: Page) {
    this.files = new TreePanel(page, 'layer-files')
  }

  static async shown(page: Page): Promise<ImagePage> {
    await page.getByTestId('image-page').waitFor()
    await page.getByTestId('image-size').waitFor()
    return new ImagePage(page)
  }

  /** The whole id, `sha256:…`. */
  async id(): Promise<string> {
    return (await this.page.getByTestId('image-page').getAttribute('data-id')) ?? ''
  }

  title(): Promise<string> {
    return this.page.getByTestId('page-title').innerText()
  }

  /** diffIDs of the layers, the base first. */
  async layers(): Promise<string[]> {
    const rows = this.page.getByTestId('layer-row')
    await rows.first().waitFor()
    const found = await rows.evaluateAll((all) =>
      all.map((row) => ({
        index: Number(row.getAttribute('data-layer')),
        digest: row.getAttribute('data-digest') ?? '',
      })),
    )
    return found.sort((a, b) => a.index - b.index).map(({ digest }) => digest)
  }

  /** Shows the files of one layer (0: the base). */
  async chooseLayer(index: number): Promise<void> {
    await this.page.locator(`[data-testid=layer-row][data-layer="${index}"]`).click()
    await this.page.getByTestId('layer-files-tree-row').first().waitFor({ timeout: 120_000 })
  }

  /** Shows the files of all layers together. */
  async chooseMerged(): Promise<void> {
    await this.page.getByTestId('layer-view-merged').click()
    await this.page.getByTestId('layer-files-tree-row').first().waitFor({ timeout: 120_000 })
  }

  async createContainer(name: string, command: string): Promise<ContainerPage> {
    await this.page.getByTestId('image-create').click()
    await this.page.getByTestId('dialog-create-name').fill(name)
    await this.page.getByTestId('dialog-create-command').fill(command)
    await this.page.getByTestId('dialog-create-submit').click()
    return ContainerPage.shown(this.page)
  }

  /** Saves it as an archive at `path`. */
  async save(app: RunningApp, path: string): Promise<void> {
    await this.page.getByTestId('image-save').click()
    await app.keepFile(path, () => this.page.getByTestId('dialog-save-submit').click())
    const dialog = this.page.getByTestId('dialog-save')
    await endOf(dialog, dialog.locator('[data-testid=task-progress][data-state=done]'))
    await this.page.getByTestId('dialog-save-cancel').click()
  }

  async push(): Promise<PushPage> {
    await this.page.getByTestId('image-push').click()
    return PushPage.shown(this.page)
  }
}
