/* global document, window, Node, getComputedStyle */
// Runs in the page (looks.ts): texts that are cut off or that leave the window, one line each.
;(() => {
  const found = []
  const shown = (element) => `“${element.textContent.trim().slice(0, 60)}” (${element.className})`
  const { scrollWidth } = document.documentElement
  if (scrollWidth > window.innerWidth) found.push(`the page is ${scrollWidth} px wide`)
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    )
    if (!own || element.closest('[aria-hidden=true], .visually-hidden, svg')) continue
    const box = element.getBoundingClientRect()
    if (box.width < 2 || box.height < 2) continue
    const style = getComputedStyle(element)
    if (style.visibility === 'hidden') continue
    const hides = style.overflowX === 'hidden' || style.overflowX === 'clip'
    const cut = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1
    // Long paths and digests may be cut where the whole of them is in a title.
    const whole = element.closest('[title]') !== null
    if (cut && (hides || element.closest('button')) && !whole) found.push(shown(element))
    const scrolls = element.closest('pre, [data-scroll-x]') !== null
    if (box.right > window.innerWidth + 1 && !scrolls)
      found.push(`${shown(element)} leaves the window`)
  }
  return found
})()
