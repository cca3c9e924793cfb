/** What a designer looks for on a page: text that does not fit, and what axe calls serious. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeViolation {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary: string }[]
}

/** Serious and critical findings of axe, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // As an expression and not as a script element: the page's own policy allows no inline script.
  await page.evaluate(await readFile(axePath, 'utf8'))
  const violations = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)`,
  )) as AxeViolation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary})`),
    )
}

/**
 * Text that is cut off: it is wider than the box that hides the rest. A cut text may stand where the
 * whole of it is in a title, as long paths and digests do.
 */
export async function clippedText(page: Page): Promise<string[]> {
  const script = fileURLToPath(new URL('./clipped-text.js', import.meta.url))
  return (await page.evaluate(await readFile(script, 'utf8'))) as string[]
}
