import type { Locator, Page } from 'playwright-core'
import { TablePanel } from './table'

export interface RegistryValues {
  address: string
  protocol: 'http' | 'https'
  username?: string
  password?: string
}

/** The list of registries and the dialog that adds one. */
export class RegistriesPage {
  readonly table: TablePanel

  constructor(readonly page: Page) {
    this.table = new TablePanel(page, 'registries')
  }

  /** Opens the dialog and fills it in; it stays open. */
  async fillNew(values: RegistryValues): Promise<void> {
    await this.page.getByTestId('registry-add').click()
    await this.page.getByTestId('dialog-registry').waitFor()
    await this.page.getByTestId('registry-address').fill(values.address)
    await this.page.getByTestId(`registry-protocol-${values.protocol}`).click()
    await this.page.getByTestId('registry-username').fill(values.username ?? '')
    await this.page.getByTestId('registry-password').fill(values.password ?? '')
  }

  async test(): Promise<void> {
    await this.page.getByTestId('registry-test').click()
  }

  async save(): Promise<void> {
    await this.page.getByTestId('dialog-registry-submit').click()
    await this.page.getByTestId('dialog-registry').waitFor({ state: 'detached' })
  }

  async cancel(): Promise<void> {
    await this.page.getByTestId('dialog-registry-cancel').click()
    await this.page.getByTestId('dialog-registry').waitFor({ state: 'detached' })
  }

  async browse(address: string): Promise<RegistryPage> {
    await this.table.row(address).getByTestId('registries-browse').click()
    await this.page.getByTestId('registry-page').waitFor()
    return new RegistryPage(this.page)
  }
}

/** What a registry holds. */
export class RegistryPage {
  readonly repositories: TablePanel
  readonly tags: TablePanel

  constructor(readonly page: Page) {
    this.repositories = new TablePanel(page, 'repositories')
    this.tags = new TablePanel(page, 'tags')
  }

  async choose(repository: string): Promise<void> {
    await this.repositories.row(repository).click()
    await this.tags.rows.first().waitFor()
  }

  /** Chooses from the menu of a tag. */
  async act(tag: string, action: 'open' | 'pull' | 'copyTo' | 'remove'): Promise<void> {
    await this.tag(tag).getByTestId('tags-menu').click()
    await this.page.getByTestId(`tags-menu-${action}`).click()
  }

  /** The row of exactly this tag. */
  tag(name: string): Locator {
    return this.page.locator(`[data-testid=tags-row][data-key="${name}"]`)
  }

  /** Pulls a tag and waits for the end of the task. */
  async pull(tag: string): Promise<void> {
    await this.act(tag, 'pull')
    await this.page
      .locator('[data-testid=tags-pull-task]:not([data-state=running])')
      .waitFor({ timeout: 120_000 })
  }
}
