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

  /** Saves what could not sign in. */
  async saveAnyway(): Promise<void> {
    await this.page.getByTestId('dialog-registry-submit').click()
    await this.page.getByTestId('registry-save-anyway').click()
    await this.page.getByTestId('dialog-registry').waitFor({ state: 'detached' })
  }

  async cancel(): Promise<void> {
    await this.page.getByTestId('dialog-registry-cancel').click()
    await this.page.getByTestId('dialog-registry').waitFor({ state: 'detached' })
  }

  /** Users by the address, of logins that docker left. */
  async found(): Promise<Record<string, string>> {
    const rows = this.page.getByTestId('registries-found-row')
    await rows.first().waitFor()
    const texts = await rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('span')].map((one) => one.textContent?.trim())),
    )
    return Object.fromEntries(texts.map(([address = '', user = '']) => [address, user])) as Record<
      string,
      string
    >
  }

  /** Adds one of them as it is. */
  async addFound(address: string): Promise<void> {
    const row = this.page.getByTestId('registries-found-row').filter({ hasText: address })
    await row.getByTestId('registries-found-add').click()
    await this.page.getByTestId('dialog-registry').waitFor()
    await this.save()
    await row.waitFor({ state: 'detached' })
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

  /** In the order in which they stand. */
  async tagNames(): Promise<(string | null)[]> {
    return this.tags.rows.evaluateAll((rows) =>
      rows
        .sort(
          (a, b) =>
            Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')),
        )
        .map((row) => row.getAttribute('data-key')),
    )
  }

  /** Opens the dialog that copies all tags and fills it in; it stays open. */
  async copyAll(address: string, repository: string): Promise<void> {
    await this.page.getByTestId('tags-copy-to').click()
    await this.page.getByTestId('dialog-copy-tags').waitFor()
    await this.page.getByTestId('copy-target').selectOption({ label: address })
    await this.page.getByTestId('copy-repository').fill(repository)
  }

  /** How many tags a copy would bring anew, replace, … Waits until it is known. */
  async previewed(): Promise<Record<string, number>> {
    const submit = this.page.getByTestId('dialog-copy-tags-submit')
    await submit.waitFor()
    const chips = this.page.getByTestId('copy-counts').locator('[data-state]')
    await chips.first().waitFor()
    return Object.fromEntries(
      await chips.evaluateAll((all) =>
        all.map((one) => [
          one.getAttribute('data-state') ?? '',
          Number(/\d+/.exec(one.textContent ?? '')?.[0]),
        ]),
      ),
    ) as Record<string, number>
  }

  /** What the copy would send, once that is counted. */
  async toSend(): Promise<string> {
    const size = this.page.locator('[data-testid=copy-size][data-counting=false]')
    await size.waitFor()
    return size.innerText()
  }

  async startCopy(): Promise<void> {
    await this.page.getByTestId('dialog-copy-tags-submit').click()
  }

  async copyReport(): Promise<string> {
    const report = this.page.getByTestId('copy-report')
    await report.waitFor({ timeout: 120_000 })
    return report.innerText()
  }

  async closeCopy(): Promise<void> {
    await this.page.getByTestId('copy-close').click()
    await this.page.getByTestId('dialog-copy-tags').waitFor({ state: 'detached' })
  }

  /** Opens the dialog that deletes a tag: the other tags of its image. */
  async askDelete(tag: string): Promise<string[]> {
    await this.act(tag, 'remove')
    const siblings = this.page.getByTestId('delete-tag-siblings')
    await siblings.waitFor()
    return siblings.locator('li').allInnerTexts()
  }

  /** How the registry did it. */
  async confirmDelete(siblings: 'keep' | 'remove'): Promise<string | null> {
    await this.page.getByTestId(`delete-tag-${siblings}`).check()
    await this.page.getByTestId('dialog-delete-tag-submit').click()
    const done = this.page.getByTestId('delete-tag-done')
    await done.waitFor()
    const how = await done.getAttribute('data-how')
    await this.page.getByTestId('dialog-delete-tag-done').click()
    await this.page.getByTestId('dialog-delete-tag').waitFor({ state: 'detached' })
    return how
  }

  /** Pulls a tag and waits for the end of the task. */
  async pull(tag: string): Promise<void> {
    await this.act(tag, 'pull')
    await this.page
      .locator('[data-testid=tags-pull-task]:not([data-state=running])')
      .waitFor({ timeout: 120_000 })
  }
}
