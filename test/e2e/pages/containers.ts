import type { Locator, Page } from 'playwright-core'
import type { RunningApp } from '../app'
import { TablePanel } from './table'
import { TreePanel } from './tree'

/** The list of containers. */
export class ContainersPage {
  readonly table: TablePanel

  constructor(readonly page: Page) {
    this.table = new TablePanel(page, 'containers')
  }

  async open(name: string): Promise<ContainerPage> {
    await this.table.row(name).getByTestId('containers-name').click()
    return ContainerPage.shown(this.page)
  }

  async remove(name: string): Promise<void> {
    await this.table.row(name).getByTestId('containers-remove').click()
    await this.page.getByTestId('dialog-container-remove-submit').click()
    await this.table.row(name).waitFor({ state: 'detached' })
  }
}

export interface MountRow {
  type: string
  name: string
  source: string
  destination: string
  rw: string
  mode: string
  propagation: string
}

/** One container: its changes, its mounts, what `docker inspect` prints. */
export class ContainerPage {
  readonly changes: TreePanel

  private constructor(readonly page: Page) {
    this.changes = new TreePanel(page, 'changes')
  }

  static async shown(page: Page): Promise<ContainerPage> {
    await page.getByTestId('container-page').waitFor()
    return new ContainerPage(page)
  }

  async tab(name: 'changes' | 'mounts' | 'inspect'): Promise<void> {
    await this.page.getByTestId(`container-tab-${name}`).click()
  }

  /** How many were added, changed and deleted, once the changes are read. */
  async changeCounts(): Promise<{ added: number; changed: number; deleted: number }> {
    const read = async (kind: string): Promise<number> => {
      const text = await this.page.getByTestId(`tree-count-${kind}`).innerText()
      return Number(/[\d,.\s]*\d/.exec(text)?.[0].replace(/\D/g, ''))
    }
    return {
      added: await read('added'),
      changed: await read('changed'),
      deleted: await read('deleted'),
    }
  }

  async mounts(): Promise<MountRow[]> {
    await this.tab('mounts')
    const rows = this.page.getByTestId('mounts-row')
    await rows.first().waitFor()
    const cell = (row: Locator, name: string): Promise<string> =>
      row.getByTestId(`mount-${name}`).innerText()
    return Promise.all(
      (await rows.all()).map(async (row) => ({
        type: (await row.getByTestId('mount-type').getAttribute('data-type')) ?? '',
        name: (await cell(row, 'name')).trim(),
        source: (await cell(row, 'source')).trim(),
        destination: (await cell(row, 'destination')).trim(),
        rw: (await row.getByTestId('mount-rw').getAttribute('data-rw')) ?? '',
        mode: (await cell(row, 'mode')).trim(),
        propagation: (await cell(row, 'propagation')).trim(),
      })),
    )
  }

  async commitDialog(): Promise<CommitDialog> {
    await this.page.getByTestId('container-commit').click()
    return CommitDialog.shown(this.page)
  }

  /** Adds files of this machine to a folder of the container (bundled engine). */
  async addFiles(app: RunningApp, paths: string[], target: string): Promise<void> {
    const dialog = this.page.getByTestId('dialog-add-files')
    await this.page.getByTestId('container-add-files').click()
    await app.chooseFiles(paths, () => this.page.getByTestId('add-files-choose').click())
    await this.page.getByTestId('add-files-file').first().waitFor()
    await this.page.getByTestId('add-files-target').fill(target)
    await this.page.getByTestId('dialog-add-files-submit').click()
    await dialog.waitFor({ state: 'detached' })
  }

  /** Deletes a file by its path (bundled engine). */
  async deleteFile(path: string): Promise<void> {
    await this.page.getByTestId('container-delete-file').click()
    await this.page.getByTestId('delete-file-path').fill(path)
    await this.page.getByTestId('dialog-delete-file-submit').click()
    await this.page.getByTestId('dialog-delete-file').waitFor({ state: 'detached' })
  }
}

/** The dialog that makes an image of a container. */
export class CommitDialog {
  private constructor(readonly page: Page) {}

  static async shown(page: Page): Promise<CommitDialog> {
    await page.getByTestId('dialog-commit').waitFor()
    return new CommitDialog(page)
  }

  get reference(): Locator {
    return this.page.getByTestId('commit-reference')
  }

  get submit(): Locator {
    return this.page.getByTestId('dialog-commit-submit')
  }

  async fill(values: { reference: string; author: string; message: string }): Promise<void> {
    await this.reference.fill(values.reference)
    await this.page.getByTestId('commit-author').fill(values.author)
    await this.page.getByTestId('commit-message').fill(values.message)
  }

  /** The same without a mouse: Tab walks through the fields, Enter commits. */
  async fillByKeyboard(values: {
    reference: string
    author: string
    message: string
  }): Promise<void> {
    const { keyboard } = this.page
    await this.reference.focus()
    await keyboard.type(values.reference)
    await keyboard.press('Tab')
    await keyboard.type(values.author)
    await keyboard.press('Tab')
    await keyboard.type(values.message)
    // A person is slower: by now the dialog knows the container.
    await this.page.locator('[data-testid=dialog-commit-submit]:enabled').waitFor()
    await keyboard.press('Enter')
  }

  async cancelByKeyboard(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.page.getByTestId('dialog-commit').waitFor({ state: 'detached' })
  }
}
