import type { Locator, Page } from 'playwright-core'

export type PageName = 'images' | 'containers' | 'volumes' | 'registries' | 'tasks' | 'settings'

/** What stands around every page: navigation, engine, command bar, tasks, notices. */
export class Shell {
  constructor(readonly page: Page) {}

  async open(name: PageName): Promise<void> {
    await this.page.getByTestId(`nav-${name}`).click()
    await this.page.getByTestId(`${name}-page`).waitFor()
  }

  /** Waits until the engine in use answers, and says how the shell names it. */
  async readyEngine(): Promise<string> {
    const switcher = this.page.getByTestId('engine-switcher')
    await this.page.locator('[data-testid=engine-switcher][data-state=ready]').waitFor()
    return switcher.innerText()
  }

  /** The docker command that stands for what is being looked at. */
  async command(): Promise<string> {
    return this.page.getByTestId('command-bar').innerText()
  }

  /** The error that is shown: its code, what happened, what to do. Waits for it. */
  async error(within: Locator = this.page.locator('body')): Promise<{
    code: string
    what: string
    next: string
  }> {
    const notice = within.getByTestId('error-notice').first()
    await notice.waitFor()
    return {
      code: (await notice.getAttribute('data-code')) ?? '',
      what: await notice.getByTestId('error-what').innerText(),
      next: await notice.getByTestId('error-next').innerText(),
    }
  }

  async switchLanguage(): Promise<void> {
    await this.page.getByTestId('toggle-language').click()
  }

  /** The state of the newest task of this kind in the drawer (running, done, failed, cancelled). */
  async task(kind: string): Promise<Locator> {
    const drawer = this.page.getByTestId('tasks-drawer')
    if (!(await drawer.isVisible())) await this.page.getByTestId('open-tasks').click()
    return drawer.locator(`[data-testid=task][data-kind=${kind}]`).first()
  }
}
