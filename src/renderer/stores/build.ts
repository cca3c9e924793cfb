import type { FileHandle } from '@shared/models'
import { defineStore } from 'pinia'
import { computed, reactive, shallowRef } from 'vue'
import { call } from '@/api'
import { checkReference } from '@/lib/check-reference'

export interface BuildContext {
  name: string
  handle: FileHandle
  /** An archive that was chosen, not a folder. */
  archive: boolean
}

/** Docker's rule for the names of variables in a Dockerfile. */
const ARG_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** What is to be built: it stays as it was typed while one walks about, and for the next try. */
export const useBuildStore = defineStore('build', () => {
  const context = shallowRef<BuildContext | null>(null)
  const form = reactive({
    dockerfile: 'Dockerfile',
    reference: '',
    args: [] as { key: number; name: string; value: string }[],
    target: '',
    noCache: false,
  })
  let lastKey = 0

  const reference = computed(() => form.reference.trim())
  /** Rows that have a name; empty ones are not sent. */
  const args = computed(() =>
    form.args.filter(({ name }) => name !== '').map(({ name, value }) => ({ name, value })),
  )
  const problems = computed(() =>
    form.args.map(({ name }, index) => {
      if (name === '') return null
      if (!ARG_NAME.test(name)) return 'argInvalid' as const
      const twice = form.args.some((other, at) => at < index && other.name === name)
      return twice ? ('argTwice' as const) : null
    }),
  )
  const valid = computed(
    () =>
      context.value !== null &&
      form.dockerfile.trim() !== '' &&
      checkReference(reference.value).problem === null &&
      problems.value.every((problem) => problem === null),
  )

  const addArg = () => void form.args.push({ key: ++lastKey, name: '', value: '' })
  const removeArg = (key: number) => {
    form.args = form.args.filter((one) => one.key !== key)
  }

  /** Begins it; answers with the task's id. */
  function start(): Promise<string> {
    return call('images.build', {
      context: context.value?.handle.id ?? '',
      dockerfile: form.dockerfile.trim(),
      reference: reference.value,
      args: args.value,
      target: form.target.trim(),
      noCache: form.noCache,
    })
  }

  return { context, form, reference, args, problems, valid, addArg, removeArg, start }
})
