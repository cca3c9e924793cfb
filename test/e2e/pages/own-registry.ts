import type { Page } from 'playwright-core'

/** The card of the registry of one's own, on the Registries page. */
export class OwnRegistryCard {
  constructor(readonly page: Page) {}

  private get(testid: string) {
    return this.page.getByTestId(`own-registry${testid}`)
  }

  /** Waits until it is in this state. */
  async waitFor(state: 'running' | 'stopped' | 'failed'): Promise<void> {
    await this.page.locator(`[data-testid=own-registry][data-state=${state}]`).waitFor()
  }

  async start(): Promise<void> {
    await this.get('-start').click()
  }

  async stop(): Promise<void> {
    await this.get('-stop').click()
    await this.waitFor('stopped')
  }

  /** The code of the error that the card shows. */
  async error(): Promise<string> {
    const notice = this.page.getByTestId('own-registry').getByTestId('error-notice')
    await notice.waitFor()
    return (await notice.getAttribute('data-code')) ?? ''
  }

  /** Changes settings in the dialog and saves them. */
  async set(change: (page: Page) => Promise<void>): Promise<void> {
    await this.get('-settings').click()
    await this.page.getByTestId('dialog-own-registry').waitFor()
    await change(this.page)
    await this.page.getByTestId('dialog-own-registry-submit').click()
    await this.page.getByTestId('dialog-own-registry').waitFor({ state: 'detached' })
  }

  async open(): Promise<void> {
    if (!(await this.get('-users').isVisible())) await this.get('-more').click()
    await this.get('-users').waitFor()
  }

  async addUser(name: string, password: string): Promise<void> {
    await this.open()
    await this.get('-user-name').fill(name)
    await this.get('-user-password').fill(password)
    await this.page.keyboard.press('Enter')
    await this.get('-user').filter({ hasText: name }).waitFor()
  }

  async users(): Promise<string[]> {
    await this.open()
    return this.get('-user').allInnerTexts()
  }

  /** The lines that a client needs: `docker`, `login`, `push`, `podman`, `skopeo`. */
  async lines(client: string): Promise<string> {
    await this.open()
    return this.get(`-${client}`).locator('pre').innerText()
  }

  /** Opens the dialog that copies everything, from it to this registry; answers with its own id. */
  async copyEverything(address: string): Promise<string> {
    await this.open()
    await this.get('-copy-all').click()
    const own = await this.page.getByTestId('copy-all-from').inputValue()
    await this.page.getByTestId('copy-all-to').selectOption({ label: address })
    return own
  }

  async collect(): Promise<string> {
    await this.open()
    await this.get('-collect').click()
    await this.get('-collected').waitFor()
    return this.get('-collected').innerText()
  }
}
