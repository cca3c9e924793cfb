import { LaminaError } from '@shared/errors'
import { effectScope } from 'vue'
import { expect, it } from 'vitest'
import { ApiError } from '@/api'
import { useAnswer } from '@/components/use-answer'

/** Questions that wait until the test answers them, in any order. */
function questions() {
  const asked: {
    signal: AbortSignal
    answer: (text: string) => void
    refuse: (code: 'cancelled' | 'engine_lost') => void
  }[] = []
  const scope = effectScope()
  const found = scope.run(() =>
    useAnswer(
      (signal) =>
        new Promise<string>((resolve, reject) => {
          const refuse = (code: 'cancelled' | 'engine_lost') =>
            reject(new ApiError(new LaminaError(code).toJSON()))
          asked.push({ signal, answer: resolve, refuse })
        }),
    ),
  )
  const nth = (index: number) => {
    const one = asked[index]
    if (!one) throw new Error(`there was no question ${index}`)
    return one
  }
  if (!found) throw new Error('the scope has ended')
  return { scope, nth, ...found }
}

it('keeps the answer while it asks again, and takes the last one alone', async () => {
  const { nth, answer, looking, look } = questions()
  const first = look()
  nth(0).answer('one')
  expect(await first).toBe('one')
  const second = look()
  expect(answer.value).toBe('one')
  const third = look()
  expect(nth(1).signal.aborted).toBe(true)
  nth(2).answer('three')
  expect(await third).toBe('three')
  nth(1).answer('two')
  expect(await second).toBeNull()
  expect(answer.value).toBe('three')
  expect(looking.value).toBe(false)
})

it('says why there is no answer, except after a cancel', async () => {
  const { nth, answer, error, look } = questions()
  const first = look()
  nth(0).refuse('engine_lost')
  expect(await first).toBeNull()
  expect(error.value?.code).toBe('engine_lost')
  const second = look()
  expect(error.value).toBeNull()
  nth(1).refuse('cancelled')
  expect(await second).toBeNull()
  expect([error.value, answer.value]).toEqual([null, null])
})

it('forgets what it knew and what it asked', async () => {
  const { nth, answer, looking, look, forget } = questions()
  const first = look()
  nth(0).answer('one')
  await first
  const second = look()
  forget()
  expect([answer.value, looking.value, nth(1).signal.aborted]).toEqual([null, false, true])
  nth(1).answer('two')
  expect(await second).toBeNull()
  expect(answer.value).toBeNull()
})

it('asks no longer when its page is gone', async () => {
  const { scope, nth, look } = questions()
  void look()
  scope.stop()
  expect(nth(0).signal.aborted).toBe(true)
  expect(await look()).toBeNull()
  expect(() => nth(1)).toThrow('there was no question 1')
})
