import { ref, type Ref } from 'vue'

/** Copies a text; `copied` is true for a moment afterwards. */
export function useCopy(): { copied: Ref<boolean>; copy(text: string): Promise<void> } {
  const copied = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<void> {
    await writeClipboard(text)
    copied.value = true
    clearTimeout(timer)
    timer = setTimeout(() => (copied.value = false), 1500)
  }
  return { copied, copy }
}

/** The clipboard of a page is refused where the page is not focused or not secure. */
async function writeClipboard(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}
