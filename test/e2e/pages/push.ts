import type { Locator, Page } from 'playwright-core'

/** The page that pushes one image. */
export class PushPage {
  private constructor(readonly page: Page) {}

  static async shown(page: Page): Promise<PushPage> {
    await page.getByTestId('push-form').waitFor()
    return new PushPage(page)
  }

  /** Chooses a saved registry and a name in it. */
  async target(address: string, repository: string, tag: string): Promise<void> {
    await this.page.getByTestId('push-kind-registry').click()
    await this.page.getByTestId('push-registry').selectOption({ label: address })
    await this.page.getByTestId('push-repository').fill(repository)
    await this.page.getByTestId('push-tag').fill(tag)
  }

  /** Chooses where the push goes. */
  async kind(kind: 'registry' | 'acr' | 'hub' | 'full'): Promise<void> {
    await this.page.getByTestId(`push-kind-${kind}`).click()
  }

  field(name: string): Locator {
    return this.page.getByTestId(`push-${name}`)
  }

  /**
   * Fills in who signs in at the chosen registry, over http, in the dialog that opens for it; answers
   * with the address that stands in it.
   */
  async fillLogin(username: string, password: string): Promise<string> {
    await this.field('sign-in').click()
    const address = await this.page.getByTestId('registry-address').inputValue()
    await this.page.getByTestId('registry-protocol-http').click()
    await this.page.getByTestId('registry-username').fill(username)
    await this.page.getByTestId('registry-password').fill(password)
    return address
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.fillLogin(username, password)
    await this.saveRegistry()
  }

  /** Adds a private registry that speaks http, from the form. */
  async addRegistry(address: string): Promise<void> {
    await this.field('add-registry').click()
    await this.page.getByTestId('registry-address').fill(address)
    await this.page.getByTestId('registry-protocol-http').click()
    await this.saveRegistry()
  }

  private async saveRegistry(): Promise<void> {
    await this.page.getByTestId('dialog-registry-submit').click()
    await this.page.getByTestId('dialog-registry').waitFor({ state: 'detached' })
  }

  /** What the review says: who sees it, and how many parts are in which state. */
  async reviewed(): Promise<{ visibility: string; kind: string; states: string[] }> {
    const items = this.page.getByTestId('push-review-item')
    return {
      visibility: (await this.review.getAttribute('data-visibility')) ?? '',
      kind: (await this.review.getAttribute('data-kind')) ?? '',
      states: await items.evaluateAll((all) =>
        all.map((item) => item.getAttribute('data-state') ?? ''),
      ),
    }
  }

  /** What a refusal can mean, as the page explains it. */
  async causes(): Promise<string[]> {
    const causes = this.page.getByTestId('push-denied-cause')
    await causes.first().waitFor()
    return causes.evaluateAll((all) => all.map((one) => one.getAttribute('data-cause') ?? ''))
  }

  get name(): Locator {
    return this.page.getByTestId('push-name')
  }

  get submit(): Locator {
    return this.page.getByTestId('push-submit')
  }

  /** What the push would do, as it is shown before anything is sent. */
  get review(): Locator {
    return this.page.getByTestId('push-review')
  }

  /** Asks what the push would do, and waits for the answer. */
  async look(): Promise<void> {
    await this.submit.click()
    await this.page
      .locator('[data-testid=push-review]:is([data-state=seen],[data-state=refused])')
      .waitFor({ timeout: 90_000 })
  }

  /** Looks, then pushes. */
  async push(): Promise<void> {
    await this.look()
    await this.submit.click()
  }

  state(state: 'running' | 'paused' | 'done' | 'failed' | 'cancelled'): Locator {
    return this.page.locator(`[data-testid=push-state][data-state=${state}]`)
  }

  /** Each layer's line of progress. */
  get items(): Locator {
    return this.page.getByTestId('push-state').getByTestId('task-item')
  }

  async digest(): Promise<string> {
    return (await this.page.getByTestId('push-digest').innerText()).trim()
  }

  async pullCommand(): Promise<string> {
    return (await this.page.getByTestId('push-pull-command').innerText()).trim()
  }
}
